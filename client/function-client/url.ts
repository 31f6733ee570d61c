import {
  CreateFunctionUrlConfigCommand,
  DeleteFunctionUrlConfigCommand,
  GetFunctionUrlConfigCommand,
  type Cors as SdkCors,
  type FunctionUrlConfig as SdkUrlConfig,
  UpdateFunctionUrlConfigCommand,
} from '@aws-sdk/client-lambda';
import { requireWhole } from '../../lambda/shared/checks';
import { ConflictError } from './errors';
import { type FunctionRef, withQualifier } from './function-ref';
import { FunctionPermissions, type Permission } from './permissions';
import { attempt, attemptIfThere, ofFunction } from './service-errors';

/**
 * What a public URL needs: since October 2025 both, else it answers 403. The ids are those that the console gives them.
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

/** Who may call from a page of another origin. */
export interface FunctionUrlCors {
  readonly allowOrigins?: readonly string[];
  readonly allowMethods?: readonly string[];
  readonly allowHeaders?: readonly string[];
  readonly exposeHeaders?: readonly string[];
  readonly allowCredentials?: boolean;
  /** Seconds that a browser may keep the answer: a whole number from 0 to 86,400. */
  readonly maxAge?: number;
}

/** What to change of a function URL; what is not given stays. */
export interface FunctionUrlChanges {
  /** `AWS_IAM` asks for a signed request, `NONE` lets everybody in. */
  readonly authType?: 'AWS_IAM' | 'NONE';
  /** `BUFFERED` sends a response when it is complete (6 MB at most), `RESPONSE_STREAM` as it comes. */
  readonly invokeMode?: 'BUFFERED' | 'RESPONSE_STREAM';
  readonly cors?: FunctionUrlCors;
}

/** A function URL to create. */
export interface FunctionUrlOptions {
  /** @default 'BUFFERED' */
  readonly invokeMode?: 'BUFFERED' | 'RESPONSE_STREAM';
  /** @default - none: pages of other origins can't read the answers */
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

/** The URL of a function: `FunctionClient.url`. Of an alias, where the client has one. */
export class FunctionUrl {
  private readonly permissions: FunctionPermissions;

  /** @internal */
  public constructor(private readonly ref: FunctionRef) {
    this.permissions = new FunctionPermissions(ref);
  }

  /**
   * Creates a URL that asks for a request signed with IAM.
   *
   * @throws ConflictError when the function has one, FunctionNotFoundError
   */
  public create(options: FunctionUrlOptions = {}): Promise<FunctionUrlInfo> {
    return this.make(options, 'AWS_IAM');
  }

  /**
   * Creates a URL that everybody may call, with both permissions that it needs.
   *
   * @throws ConflictError when the function has one, FunctionNotFoundError
   */
  public async createPublic(options: FunctionUrlOptions = {}): Promise<FunctionUrlInfo> {
    const info = await this.make(options, 'NONE');
    try {
      await this.allowPublic();
    } catch (error) {
      // Without them it would be there, and answer 403.
      await this.delete();
      throw error;
    }
    return info;
  }

  /** The URL itself; undefined when the function has none. */
  public async get(): Promise<string | undefined> {
    return (await this.info())?.url;
  }

  /** The URL and its settings; undefined when the function has none. */
  public async info(): Promise<FunctionUrlInfo | undefined> {
    const config = await attemptIfThere(this.subject('read'), () =>
      this.ref.clients.lambda.send(new GetFunctionUrlConfigCommand(withQualifier(this.ref))),
    );
    return config && toInfo(config);
  }

  /** Whether the function has a URL. */
  public async exists(): Promise<boolean> {
    return (await this.info()) !== undefined;
  }

  /**
   * Changes a URL. `authType: 'NONE'` adds both permissions that a public URL needs, `'AWS_IAM'` removes them.
   *
   * @throws ResourceNotFoundError when the function has none
   */
  public async update(changes: FunctionUrlChanges): Promise<FunctionUrlInfo> {
    requireCors(changes.cors);
    const command = new UpdateFunctionUrlConfigCommand({
      ...withQualifier(this.ref),
      AuthType: changes.authType,
      InvokeMode: changes.invokeMode,
      Cors: changes.cors && toSdkCors(changes.cors),
    });
    const info = toInfo(await attempt(this.subject('update'), () => this.ref.clients.lambda.send(command)));
    if (changes.authType === 'NONE') await this.allowPublic();
    if (changes.authType === 'AWS_IAM') await this.forbidPublic();
    return info;
  }

  /** Deletes the URL, and the permissions of a public one. @returns whether it was there */
  public async delete(): Promise<boolean> {
    const command = new DeleteFunctionUrlConfigCommand(withQualifier(this.ref));
    const deleted = await attemptIfThere(this.subject('delete'), () => this.ref.clients.lambda.send(command));
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
    const subject = ofFunction('create the URL of', this.ref.name);
    return toInfo(await attempt(subject, () => this.ref.clients.lambda.send(command)));
  }

  private async allowPublic(): Promise<void> {
    for (const permission of PUBLIC) {
      await this.permissions.add(permission).catch((error) => {
        // An earlier URL has left it.
        if (!(error instanceof ConflictError)) throw error;
      });
    }
  }

  private async forbidPublic(): Promise<void> {
    for (const { statementId } of PUBLIC) await this.permissions.remove(statementId);
  }

  private subject(verb: string) {
    return { doing: `${verb} the URL of function '${this.ref.name}'` };
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
