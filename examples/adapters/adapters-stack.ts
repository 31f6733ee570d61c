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
      '1-basic': ['data_processor'],
      '2-queued': ['email_service'],
      '3-retries': ['resilient_module'],
      '4-metadata': ['greeter'],
      '5-errors': ['shop'],
      '6-configuration': ['my_module'],
      '7-health': ['flaky'],
      // Every module.
      '8-module-info': undefined,
      '9-concurrent': ['data_processor'],
      '10-workflow': ['shop', 'email_service'],
    };
    for (const [name, modules] of Object.entries(examples)) {
      const source = Source.typescript(`${FOLDER}/${name}.ts`);
      // Each example may only call the modules that it names.
      invoker.addTo(new ManagedFunction(this, `Example-${name}`, { source }), { modules });
    }
  }

  private modules(): Record<string, AdapterModuleOptions> {
    // A fixed name, so that callers find it by prefix and name.
    this.module('my-function', 'process-data', 'waddlebot-my-function');
    return {
      data_processor: { target: InvokerTarget.function(this.module('ProcessData', 'process-data').addAlias('live')) },
      email_service: {
        target: InvokerTarget.function(this.module('SendEmail', 'send-email')),
        invocationType: InvocationType.EVENT,
      },
      resilient_module: {
        target: InvokerTarget.function(this.module('UnreliableService', 'unreliable-service')),
        maxRetries: 5,
        initialRetryDelay: Duration.seconds(1),
        maxRetryDelay: Duration.seconds(60),
      },
      greeter: {
        target: InvokerTarget.function(this.module('Greet', 'greet')),
        version: '2.0.0',
        scopes: ['community.read'],
      },
      shop: { target: InvokerTarget.function(this.module('Shop', 'shop')) },
      flaky: { target: InvokerTarget.function(this.module('Flaky', 'flaky')) },
      my_module: { target: InvokerTarget.prefix('waddlebot-', 'my-function') },
    };
  }

  private module(id: string, file: string, name?: string): ManagedFunction {
    return new ManagedFunction(this, id, { source: Source.typescript(`${FOLDER}/modules/${file}.ts`), name });
  }
}
