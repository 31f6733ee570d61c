import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateQueueCommand } from '@aws-sdk/client-sqs';
import { strToU8, zipSync } from 'fflate';
import { FunctionClient, LayerClient } from '../../client';
import { useMiniStack } from '../support/ministack';
import { blocksOf, rowsWithoutExample, runAsync, sectionsOfClients } from './osbot-page';

// Runs the examples of docs/osbot.md that use clients, as they are on the page and in its order.

const FUNCTION = 'test/fixtures/osbot/handlers/invoices.py';

const miniStack = useMiniStack();
const sections = sectionsOfClients();
const environment = { ...process.env };
const directory = process.cwd();
let folder: string;
let fn: FunctionClient;
let layer: LayerClient;

beforeAll(async () => {
  const python = readFileSync(FUNCTION);
  folder = mkdtempSync(join(tmpdir(), 'katamari-osbot-'));
  process.chdir(folder);
  Object.assign(process.env, miniStack.environment());
  const s3 = new S3Client({ endpoint: miniStack.endpoint, forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: 'print-shop' }));
  await s3.send(new PutObjectCommand({ Bucket: 'print-shop', Key: 'invoices.zip', Body: zipSync({ 'invoices.py': python }) }));
  s3.destroy();
  await miniStack.sqs().send(new CreateQueueCommand({ QueueName: 'paid-bills' }));
  fn = new FunctionClient('invoices');
  layer = new LayerClient('invoice-fonts');
  await layer.publish({ content: { zipFile: zipSync({ 'python/typefaces.py': strToU8('') }) } });
  await fn.create({
    code: { s3Bucket: 'print-shop', s3Key: 'invoices.zip' },
    role: 'arn:aws:iam::000000000000:role/print-shop',
    runtime: 'python3.13',
    handler: 'invoices.draw',
  });
}, 60_000);

afterAll(() => {
  process.chdir(directory);
  process.env = environment;
  rmSync(folder, { recursive: true });
});

const UUID = /^[\w-]{36}$/;
const sids = (statements: { Sid: string }[]) => statements.map(({ Sid }) => Sid);

/** Expected results of each section's example, by the call of OSBot-AWS whose counterpart it uses. */
// biome-ignore lint/suspicious/noExplicitAny: each example has variables of its own
type Check = (variables: any) => unknown;
const checks: Record<string, Record<string, Check>> = {
  'Connect a client': {
    'Lambda(name)': ({ invoices }) => expect(invoices.functionName).toBe('invoices'),
    'Lambda.set_role': ({ settings }) => expect(settings.role).toBe('arn:aws:iam::111122223333:role/print-shop'),
    'Lambda.set_s3_bucket': ({ settings }) => expect(settings.code.s3Bucket).toBe('print-shop'),
    'Lambda.set_s3_key': ({ settings }) => expect(settings.code.s3Key).toBe('invoices.zip'),
    Session__Kwargs__Lambda: async ({ local }) => expect(await local.exists()).toBe(true),
  },
  'Create and delete a function': {
    'Lambda.create': ({ created, drawn }) => {
      expect(created).toMatchObject({
        runtime: 'python3.13',
        memorySize: 1_024,
        timeout: 90,
        architecture: 'x86_64',
        state: 'Active',
      });
      expect(drawn).toEqual({ drawn: 1 });
    },
    'Lambda.image_uri': ({ imaged }) => expect(imaged).toMatchObject({ packageType: 'Image' }),
    'Lambda.set_handler': async () => {
      expect(await new FunctionClient('reminders').invoke({ number: 2 })).toEqual({ reminded: 2 });
    },
    'Lambda.set_trace_mode': async ({ traced }) => {
      const layers = [await layer.latestArn()];
      expect(traced).toMatchObject({ tracingMode: 'Active', environment: { LANGUAGE: 'en' }, layers });
    },
    'Lambda.exists': ({ exists }) => expect(exists).toBe(true),
    'Lambda.exists(name)': ({ other }) => expect(other).toBe(false),
    'Lambda.delete(delete_log_group)': ({ deleted, afterwards }) => {
      expect(deleted).toMatchObject({ functionDeleted: true });
      expect(afterwards).toBe(false);
    },
  },
  'Update a function': {
    'Lambda.update': ({ both }) => expect(both).toMatchObject({ memorySize: 256, lastUpdateStatus: 'Successful' }),
    'Lambda.update_lambda_code': ({ codeOnly }) => expect(codeOnly.lastUpdateStatus).toBe('Successful'),
    'Lambda.update_lambda_image_uri': ({ image }) => expect(image.functionName).toBe('posters'),
    'Lambda.update_lambda_configuration': ({ configured }) => {
      expect(configured).toMatchObject({ memorySize: 2_048, timeout: 45, environment: { PAPER: 'A5' } });
    },
    'Lambda.configuration_update': async () => {
      expect(await fn.configuration()).toMatchObject({ memorySize: 2_048, timeout: 45, environment: { PAPER: 'A5' } });
    },
  },
  'Invoke a function': {
    'Lambda.invoke': ({ drawn }) => expect(drawn).toEqual({ drawn: 31 }),
    'Lambda.invoke_raw': ({ raw }) => {
      expect(raw).toMatchObject({ status: 200, payload: { drawn: 32 }, requestId: expect.any(String) });
    },
    'Lambda.invoke_return_logs': ({ logged }) => {
      expect(logged.payload).toEqual({ drawn: 33 });
      expect(logged.logs).toContain('drawing invoice 33');
      expect(logged.requestId).toMatch(UUID);
    },
    'Lambda.invoke_async': ({ accepted }) => expect(accepted.requestId).toMatch(UUID),
    'Lambda.invoke_dry_run': ({ allowed, reason }) => expect({ allowed, reason }).toEqual({ allowed: true, reason: undefined }),
    invoke_lambda: ({ byName }) => expect(byName).toEqual({ drawn: 36 }),
    invoke_lambda_async: ({ requestId }) => expect(requestId).toMatch(UUID),
  },
  'Read the configuration': {
    'Lambda.configuration': ({ configuration }) => {
      expect(configuration).toMatchObject({ functionName: 'invoices', handler: 'invoices.draw' });
    },
    'Lambda.info': ({ codeLocation, tags }) => {
      expect(codeLocation).toMatch(/^http/);
      expect(tags).toEqual({});
    },
    'Lambda.function_arn': ({ configuration }) => expect(configuration.functionArn).toMatch(/:function:invoices$/),
  },
  'Change environment and layers': {
    'Lambda.set_env_variable': ({ one }) => expect(one.environment).toEqual({ PAPER: 'A5', DUPLEX: 'on' }),
    'Lambda.set_env_variables': ({ all }) => {
      expect(all.environment).toEqual({ PAPER: 'A4', PRINTER: 'printer.example.com' });
    },
    'Lambda.add_layer': ({ added, fonts }) => expect(added.layers).toEqual([fonts]),
    'Lambda.add_layers': ({ added }) => expect(added.layers).toHaveLength(1),
    'Lambda.set_layers': ({ none, set, fonts }) => {
      expect(none.layers).toEqual([]);
      expect(set.layers).toEqual([fonts]);
    },
  },
  'The URL of a function': {
    'Lambda.function_url_create': ({ signed }) => {
      expect(signed).toMatchObject({ authType: 'AWS_IAM', invokeMode: 'BUFFERED' });
    },
    'Lambda.function_url_create_with_public_access': ({ open, statements }) => {
      expect(open).toMatchObject({ authType: 'NONE' });
      expect(statements.map(({ Action }: { Action: string }) => Action).sort()).toEqual([
        'lambda:InvokeFunction',
        'lambda:InvokeFunctionUrl',
      ]);
    },
    'Lambda.function_url': ({ url, open }) => expect(url).toBe(open.url),
    'Lambda.function_url_info': ({ info, url }) => expect(info.url).toBe(url),
    'Lambda.function_url_exists': ({ exists }) => expect(exists).toBe(true),
    'Lambda.function_url_update': ({ updated }) => {
      expect(updated).toMatchObject({ authType: 'NONE', invokeMode: 'RESPONSE_STREAM' });
    },
    'Lambda.function_url_delete': ({ deleted, afterwards }) => {
      expect({ deleted, afterwards }).toEqual({ deleted: true, afterwards: false });
    },
  },
  Permissions: {
    'Lambda.permission_add': ({ statements }) => expect(sids(statements).sort()).toEqual(['nightly', 'uploads']),
    'Lambda.permission_delete': ({ removed, rest }) => {
      expect(removed).toBe(true);
      expect(sids(rest)).toEqual(['nightly']);
    },
    'Lambda.policy': ({ policy, statements }) => expect(policy.Statement).toEqual(statements),
    'Lambda.permissions': ({ statements }) => expect(statements).toHaveLength(2),
    'Lambda.policy_statements(index_by)': ({ byId, byAction, statements }) => {
      for (const statement of statements) expect(byId.get(statement.Sid)).toEqual(statement);
      expect([...byAction.keys()]).toEqual(['lambda:InvokeFunction']);
    },
    'Lambda.policy_statements_clear': ({ afterwards }) => expect(afterwards).toEqual([]),
  },
  'Event sources': {
    'Lambda.event_source_create': ({ source }) => expect(source.reportBatchItemFailures).toBe(true),
    'Lambda.event_sources': ({ source, sources }) => {
      expect(sources.map(({ uuid }: { uuid: string }) => uuid)).toEqual([source.uuid]);
    },
    'Lambda.event_source_delete': ({ deleted, afterwards }) => {
      expect(deleted).toBe(true);
      expect(afterwards).toEqual([]);
    },
  },
  Aliases: {
    'Lambda.alias_create': ({ live, version }) => {
      expect(live).toMatchObject({ name: 'live', functionVersion: version, description: 'Customers see this one' });
    },
    'Lambda.alias': ({ live }) => expect(live.name).toBe('live'),
    'Lambda.aliases': ({ aliases, live }) => expect(aliases).toEqual([live]),
    'Lambda.alias_delete': ({ deleted, afterwards }) => {
      expect(deleted).toBe(true);
      expect(afterwards).toEqual([]);
    },
  },
  'The account': {
    'Lambda.functions': ({ functions, names }) => expect(functions).toHaveLength(names.length),
    'Lambda.functions(index_by)': ({ byName }) => expect(byName.get('invoices').handler).toBe('invoices.draw'),
    'Lambda.functions_names': ({ names }) => expect(names).toEqual(expect.arrayContaining(['invoices', 'reminders'])),
    'Lambda.account_settings': ({ limit, usage }) => {
      expect(limit.totalCodeSize).toBeGreaterThan(0);
      expect(usage.functionCount).toBeGreaterThan(0);
    },
  },
  'Logs and waiting': {
    'Lambda.log_group': ({ logGroup, lines }) => {
      expect(logGroup).toBe('/aws/lambda/invoices');
      expect(lines.map(({ message }: { message: string }) => message).join('\n')).toContain('drawing invoice 3');
    },
    'Lambda.wait_for_state_active': ({ active }) => expect(active.state).toBe('Active'),
    'Lambda.wait_for_state': ({ state }) => expect(state).toBe('Active'),
    'Lambda.wait_for_function_update_to_complete': ({ updated }) => expect(updated.lastUpdateStatus).toBe('Successful'),
  },
  'Layer versions': {
    'Lambda_Layer.exists': ({ exists }) => expect(exists).toBe(true),
    'Lambda_Layer.info': ({ info }) => expect(info).toMatchObject({ layerName: 'invoice-fonts', version: 1 }),
    'Lambda_Layer.latest': ({ latest, arn }) => expect(latest).toMatchObject({ version: 1, layerVersionArn: arn }),
    'Lambda_Layer.latest_version': ({ number }) => expect(number).toBe(1),
    'Lambda_Layer.arn_latest': ({ arn }) => expect(arn).toMatch(/:layer:invoice-fonts:1$/),
    'Lambda_Layer.versions': ({ versions, latest }) => expect(versions).toEqual([latest]),
    'Lambda_Layer.code_zip': () => expect(existsSync(join(folder, 'invoice-fonts.zip'))).toBe(true),
    'Lambda_Layer.delete_version': ({ deleted, left }) => {
      expect(deleted).toBe(true);
      expect(left).toEqual([]);
    },
    'Lambda_Layer.delete': ({ afterwards }) => expect(afterwards).toBe(false),
    'Lambda_Layer.layers': ({ layers }) => {
      expect(layers.map(({ layerName }: { layerName: string }) => layerName)).toEqual(['invoice-fonts']);
    },
    'Lambda_Layer.layers(index_by)': ({ byName }) => expect(byName.get('invoice-fonts').latest.version).toBe(1),
  },
  'Temporary roles': {
    Lambda__with_temp_role: ({ role, created }) => {
      expect(role.roleArn).toMatch(/^arn:aws:iam::000000000000:role\//);
      expect(created.role).toBe(role.roleArn);
    },
    'Lambda__with_temp_role.temp_role__iam_reset_credentials': ({ accessKeyId }) => {
      expect(accessKeyId).toMatch(/^\w{16,}$/);
    },
  },
  Errors: {
    "Lambda.create()['status']": ({ report }) => {
      expect(report[1]).toMatch(/^ResourceNotFoundException: ./);
    },
    "Lambda.invoke()['error']": ({ report }) => {
      expect(report[0]).toBe('invoices failed: an invoice must have a positive number, got: -1');
    },
  },
};

test('every section and every call of it is checked', () => {
  const named = [...sections].map(([title, { calls }]) => [title, calls]);
  expect(Object.entries(checks).map(([title, calls]) => [title, Object.keys(calls)])).toEqual(named);
});

test('each row of a table says what the call does, and the counterpart is used in an example', () => {
  expect(rowsWithoutExample(sections)).toEqual([]);
});

describe.each(Object.entries(checks))('%s', (title, calls) => {
  let variables: Record<string, unknown>;

  beforeAll(async () => {
    const [code, another] = blocksOf(sections.get(title), 'ts');
    expect(another).toBeUndefined();
    variables = await runAsync(code ?? '', { fn, layer });
  }, 30_000);

  test.each(Object.entries(calls))('%s', (_call, check) => check(variables));
});
