import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** A Lambda API on loopback that answers every invocation after the same time, in a process of its own. */
export interface LambdaStub {
  readonly url: string;
  /** Environment variables for an SDK. */
  readonly environment: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

/** @param delayMs time from a request to its response, in milliseconds */
export async function startLambdaStub(delayMs: number): Promise<LambdaStub> {
  // A server in the measuring process would slow the calls.
  const child = spawn(process.execPath, [join(__dirname, 'lambda-stub-server.js'), String(delayMs)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(child, 'close');
  const [url] = await Promise.race([
    once(createInterface({ input: child.stdout }), 'line'),
    ended.then(([status]) => Promise.reject(new Error(`the Lambda stub failed to start: exit code ${status}`))),
  ]);
  return {
    url: String(url),
    environment: { AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'bench', AWS_SECRET_ACCESS_KEY: 'bench' },
    stop: async () => {
      child.stdin.end();
      await ended;
    },
  };
}
