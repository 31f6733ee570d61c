// The Lambda API of the benchmark of the adapter. Argument: milliseconds until an answer. Prints its URL; ends with its input.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Of all calls at once: the default of 511 would have the rest try again after a second. */
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
// A connection that has waited between two rounds must be there for the next one.
server.keepAliveTimeout = 0;
server.listen({ port: 0, host: '127.0.0.1', backlog: BACKLOG }, () => {
  console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
process.stdin.resume().once('end', () => process.exit());
