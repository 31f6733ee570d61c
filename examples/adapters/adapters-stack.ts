import { Duration, Stack, type StackProps } from 'aws-cdk-lib';
import { AdapterInvoker, type AdapterModuleOptions, InvocationType, InvokerTarget, ManagedFunction, Source } from 'cdk-katamari';
import type { Construct } from 'constructs';

const FOLDER = 'examples/adapters';

/** The modules, the ten examples that call them, and a gateway for other callers. */
export class AdaptersStack extends Stack {
  public constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props);
    const invoker = new AdapterInvoker(this, 'Modules', { sharedHealth: true, unhealthyAlarms: true, gateway: {} });
    for (const [name, options] of Object.entries(this.modules())) invoker.addModule(name, options);

    const examples: Record<string, string[] | undefined> = {
      '1-basic': ['reports'],
      '2-queued': ['mail'],
      '3-retries': ['archive'],
      '4-metadata': ['greeter'],
      '5-errors': ['shop'],
      '6-configuration': ['members'],
      '7-health': ['flaky'],
      // Every module.
      '8-module-info': undefined,
      '9-concurrent': ['reports'],
      '10-workflow': ['shop', 'mail'],
    };
    for (const [name, modules] of Object.entries(examples)) {
      const source = Source.typescript(`${FOLDER}/${name}.ts`);
      // Each example may only call the modules that it names.
      invoker.addTo(new ManagedFunction(this, `Example-${name}`, { source }), { modules });
    }
  }

  private modules(): Record<string, AdapterModuleOptions> {
    // A fixed name, so that callers find it by prefix and name.
    this.module('members', 'report', 'choir-members');
    return {
      reports: { target: InvokerTarget.function(this.module('Report', 'report').addAlias('live')) },
      mail: {
        target: InvokerTarget.function(this.module('Mail', 'mail')),
        invocationType: InvocationType.EVENT,
      },
      archive: {
        target: InvokerTarget.function(this.module('Archive', 'archive')),
        maxRetries: 6,
        initialRetryDelay: Duration.millis(800),
        maxRetryDelay: Duration.seconds(20),
      },
      greeter: {
        target: InvokerTarget.function(this.module('Greet', 'greet')),
        version: '2.0.0',
        scopes: ['community.read'],
      },
      shop: { target: InvokerTarget.function(this.module('Shop', 'shop')) },
      flaky: { target: InvokerTarget.function(this.module('Flaky', 'flaky')) },
      members: { target: InvokerTarget.prefix('choir-', 'members') },
    };
  }

  private module(id: string, file: string, name?: string): ManagedFunction {
    return new ManagedFunction(this, id, { source: Source.typescript(`${FOLDER}/modules/${file}.ts`), name });
  }
}
