// A Lambda API for the benchmark of the adapter. Argument: milliseconds until a response. Prints its URL; ends with its input.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Room for all concurrent calls: with the default of 511, the others would reconnect after a second. */
const BACKLOG = 4_096;

const delayMs = Number(process.argv[2]);
const answer = JSON.stringify({ success: true, message: 'done', response_type: 'text', targets: ['discord'] });

const server = createServer((request, response) => {
  const respond = () => {
    response.writeHead(200, { 'content-type': 'application/json', 'x-amz-executed-version': '$LATEST' });
    response.end(answer);
  };
  request.resume().once('end', () => (delayMs > 0 ? setTimeout(respond, delayMs) : respond()));
});
// Connections must stay open between two rounds.
server.keepAliveTimeout = 0;
server.listen({ port: 0, host: '127.0.0.1', backlog: BACKLOG }, () => {
  console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
process.stdin.resume().once('end', () => process.exit());
