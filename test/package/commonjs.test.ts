import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import * as ts from 'typescript';

const DIST = join(__dirname, '..', '..', 'dist');
/** The folders with files that `require` loads. */
const FOLDERS = ['runtime', 'client', 'testing', 'chunks', 'shared'];
const files = FOLDERS.flatMap((folder) =>
  readdirSync(join(DIST, folder))
    .filter((name) => name.endsWith('.js'))
    .map((name) => join(folder, name)),
);

// Plain jest runs code in a VM without the callback that import() needs.
test.each(files)('dist/%s imports no module by import()', (file) => {
  expect(readFileSync(join(DIST, file), 'utf8')).not.toMatch(/\bimport\(\s*["'`]/);
});

describe('in the VM of jest', () => {
  let server: Server;
  beforeAll(async () => {
    server = createServer((request, response) => {
      request.resume().on('end', () => response.writeHead(200, { 'Content-Type': 'application/json' }).end('{"gross":238}'));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  test('the built client invokes a function', async () => {
    const { FunctionClient }: typeof import('../../client') = require('../../dist/client');
    const client = new FunctionClient('gross', {
      endpoint: `http://127.0.0.1:${(server.address() as { port: number }).port}`,
      region: 'eu-west-1',
      credentials: { accessKeyId: 'key', secretAccessKey: 'secret' },
    });
    expect(await client.invoke({ net: 200 })).toEqual({ gross: 238 });
  });
});

test('the declarations compile with lib es2020', () => {
  const entries = ['client', 'testing', 'lambda/runtime'].map((name) => join(DIST, 'types', name, 'index.d.ts'));
  const program = ts.createProgram(entries, {
    lib: ['lib.es2020.d.ts'],
    target: ts.ScriptTarget.ES2020,
    module: ts.ModuleKind.CommonJS,
    moduleResolution: ts.ModuleResolutionKind.Node10,
    ignoreDeprecations: '6.0',
    strict: true,
    noEmit: true,
    types: ['node'],
  });
  const problems = ts
    .getPreEmitDiagnostics(program)
    // Packages of others have problems of their own.
    .filter(({ file }) => file?.fileName.startsWith(join(DIST, 'types')))
    .map(({ file, messageText }) => `${file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`);
  expect(problems).toEqual([]);
}, 240_000);
