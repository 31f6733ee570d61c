import {
  CreateFunctionUrlConfigCommand,
  DeleteFunctionUrlConfigCommand,
  GetFunctionUrlConfigCommand,
  type Cors as SdkCors,
  type FunctionUrlConfig as SdkUrlConfig,
  UpdateFunctionUrlConfigCommand,
} from '@aws-sdk/client-lambda';
import { requireWhole } from '../../lambda/shared/checks';
import { definedOf } from '../shared/defined-of';
import { ConflictError } from '../shared/errors';
import { callAws, callAwsIfFound, functionAction } from '../shared/service-errors';
import { type FunctionRef, withQualifier } from './function-ref';
import { FunctionPermissions, type Permission } from './permissions';

/**
 * Permissions of a public URL. Since October 2025, a URL without both of them responds with 403. The ids are those that the
 * console uses.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
 */
const PUBLIC: readonly Permission[] = [
  {
    statementId: 'FunctionURLAllowPublicAccess',
    action: 'lambda:InvokeFunctionUrl',
    principal: '*',
    functionUrlAuthType: 'NONE',
  },
  {
    statementId: 'FunctionURLInvokeAllowPublicAccess',
    action: 'lambda:InvokeFunction',
    principal: '*',
    invokedViaFunctionUrl: true,
  },
];

/** CORS settings: which pages of other origins may call the URL. */
export interface FunctionUrlCors {
  /** Origins of the pages, such as `https://example.com`; `*` allows all. @default - none */
  readonly allowOrigins?: readonly string[];
  /** HTTP methods, such as `GET`; `*` allows all. @default - none */
  readonly allowMethods?: readonly string[];
  /** Headers that a request may have. @default - none */
  readonly allowHeaders?: readonly string[];
  /** Headers of the response that a page may read. @default - none */
  readonly exposeHeaders?: readonly string[];
  /** Whether a request may have cookies and other credentials. @default false */
  readonly allowCredentials?: boolean;
  /** Seconds for which a browser may cache the preflight response: a whole number from 0 to 86,400. @default 0 */
  readonly maxAge?: number;
}

/** Changes of a function URL. Settings that are left out stay as they are. */
export interface FunctionUrlChanges {
  /** `AWS_IAM` requires signed requests, `NONE` allows everybody to call. @default - unchanged */
  readonly authType?: 'AWS_IAM' | 'NONE';
  /** `BUFFERED` sends the complete response (at most 6 MB), `RESPONSE_STREAM` streams it. @default - unchanged */
  readonly invokeMode?: 'BUFFERED' | 'RESPONSE_STREAM';
  /** CORS settings to change; those that are left out stay as they are. `[]` removes a list. @default - unchanged */
  readonly cors?: FunctionUrlCors;
}

/** A function URL to create. */
export interface FunctionUrlOptions {
  /** How the response is sent. @default 'BUFFERED' */
  readonly invokeMode?: 'BUFFERED' | 'RESPONSE_STREAM';
  /** CORS settings. @default - none: pages of other origins can't read responses */
  readonly cors?: FunctionUrlCors;
}

/** A function URL. */
export interface FunctionUrlInfo {
  readonly url: string;
  readonly functionArn: string;
  readonly authType: 'AWS_IAM' | 'NONE';
  readonly invokeMode: 'BUFFERED' | 'RESPONSE_STREAM';
  readonly cors?: FunctionUrlCors;
}

/** URL of a function: `FunctionClient.url`. If the client has an alias, the URL of the alias. */
export class FunctionUrl {
  private readonly permissions: FunctionPermissions;

  /** @internal */
  public constructor(private readonly ref: FunctionRef) {
    this.permissions = new FunctionPermissions(ref);
  }

  /**
   * Creates a URL that requires requests signed with IAM credentials.
   *
   * @throws ConflictError when the function has a URL, FunctionNotFoundError
   */
  public create(options: FunctionUrlOptions = {}): Promise<FunctionUrlInfo> {
    return this.make(options, 'AWS_IAM');
  }

  /**
   * Creates a URL that everybody may call, and adds both permissions that a public URL requires.
   *
   * @throws ConflictError when the function has a URL, FunctionNotFoundError
   */
  public async createPublic(options: FunctionUrlOptions = {}): Promise<FunctionUrlInfo> {
    const info = await this.make(options, 'NONE');
    try {
      await this.allowPublic();
    } catch (error) {
      // Without the permissions, the URL would respond with 403.
      await this.delete();
      throw error;
    }
    return info;
  }

  /** Gets the URL. @returns undefined when the function has no URL */
  public async get(): Promise<string | undefined> {
    return (await this.info())?.url;
  }

  /** Gets the URL and its settings. @returns undefined when the function has no URL */
  public async info(): Promise<FunctionUrlInfo | undefined> {
    const config = await callAwsIfFound(this.action('read'), () =>
      this.ref.clients.lambda.send(new GetFunctionUrlConfigCommand(withQualifier(this.ref))),
    );
    return config && toInfo(config);
  }

  /** Whether the function has a URL. */
  public async exists(): Promise<boolean> {
    return (await this.info()) !== undefined;
  }

  /**
   * Changes the URL. `authType: 'NONE'` adds both permissions that a public URL requires, `'AWS_IAM'` removes them.
   *
   * @throws ResourceNotFoundError when the function has no URL
   */
  public async update(changes: FunctionUrlChanges): Promise<FunctionUrlInfo> {
    requireCors(changes.cors);
    // Lambda replaces all CORS settings.
    const cors = changes.cors && { ...(await this.info())?.cors, ...definedOf(changes.cors) };
    const command = new UpdateFunctionUrlConfigCommand({
      ...withQualifier(this.ref),
      AuthType: changes.authType,
      InvokeMode: changes.invokeMode,
      Cors: cors && toSdkCors(cors),
    });
    const info = toInfo(await callAws(this.action('update'), () => this.ref.clients.lambda.send(command)));
    if (changes.authType === 'NONE') await this.allowPublic();
    if (changes.authType === 'AWS_IAM') await this.forbidPublic();
    return info;
  }

  /** Deletes the URL and the permissions of a public URL. @returns whether the URL existed */
  public async delete(): Promise<boolean> {
    const command = new DeleteFunctionUrlConfigCommand(withQualifier(this.ref));
    const deleted = await callAwsIfFound(this.action('delete'), () => this.ref.clients.lambda.send(command));
    await this.forbidPublic();
    return deleted !== undefined;
  }

  private async make({ invokeMode, cors }: FunctionUrlOptions, authType: 'AWS_IAM' | 'NONE'): Promise<FunctionUrlInfo> {
    requireCors(cors);
    const command = new CreateFunctionUrlConfigCommand({
      ...withQualifier(this.ref),
      AuthType: authType,
      InvokeMode: invokeMode ?? 'BUFFERED',
      Cors: cors && toSdkCors(cors),
    });
    const action = functionAction('create the URL of', this.ref.name);
    return toInfo(await callAws(action, () => this.ref.clients.lambda.send(command)));
  }

  private async allowPublic(): Promise<void> {
    for (const permission of PUBLIC) {
      await this.permissions.add(permission).catch((error) => {
        // Left by an earlier URL.
        if (!(error instanceof ConflictError)) throw error;
      });
    }
  }

  private async forbidPublic(): Promise<void> {
    for (const { statementId } of PUBLIC) await this.permissions.remove(statementId);
  }

  private action(verb: string) {
    return { description: `${verb} the URL of function '${this.ref.name}'` };
  }
}

function requireCors(cors: FunctionUrlCors | undefined): void {
  requireWhole('maxAge of CORS in seconds', cors?.maxAge, 0, 86_400);
}

function toSdkCors({
  allowOrigins,
  allowMethods,
  allowHeaders,
  exposeHeaders,
  allowCredentials,
  maxAge,
}: FunctionUrlCors): SdkCors {
  return {
    AllowOrigins: allowOrigins && [...allowOrigins],
    AllowMethods: allowMethods && [...allowMethods],
    AllowHeaders: allowHeaders && [...allowHeaders],
    ExposeHeaders: exposeHeaders && [...exposeHeaders],
    AllowCredentials: allowCredentials,
    MaxAge: maxAge,
  };
}

function toInfo(config: Pick<SdkUrlConfig, 'FunctionUrl' | 'FunctionArn' | 'AuthType' | 'InvokeMode' | 'Cors'>): FunctionUrlInfo {
  const { Cors } = config;
  return {
    url: config.FunctionUrl ?? '',
    functionArn: config.FunctionArn ?? '',
    authType: config.AuthType ?? 'AWS_IAM',
    invokeMode: config.InvokeMode ?? 'BUFFERED',
    cors: Cors && {
      allowOrigins: Cors.AllowOrigins,
      allowMethods: Cors.AllowMethods,
      allowHeaders: Cors.AllowHeaders,
      exposeHeaders: Cors.ExposeHeaders,
      allowCredentials: Cors.AllowCredentials,
      maxAge: Cors.MaxAge,
    },
  };
}
