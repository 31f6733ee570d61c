import {
  type AliasConfiguration,
  CreateAliasCommand,
  DeleteAliasCommand,
  GetAliasCommand,
  ListAliasesCommand,
  UpdateAliasCommand,
} from '@aws-sdk/client-lambda';
import { invalid } from '../../lambda/shared/checks';
import { ALIAS_NAME, PUBLISHED_VERSION } from '../../lib/limits/constants';
import { allPages } from '../shared/pages';
import { callAws, callAwsIfFound, functionAction } from '../shared/service-errors';
import type { FunctionRef } from './function-ref';

/** An alias of a function: a name for one of its versions. */
export interface FunctionAlias {
  readonly name: string;
  readonly aliasArn: string;
  /** The version that the alias points to. */
  readonly functionVersion: string;
  readonly description: string;
  /** Additional versions, each with its share of the traffic from 0 to 1; empty when `functionVersion` gets all traffic. */
  readonly routing: Readonly<Record<string, number>>;
}

/** Changes of an alias. Settings that are left out stay as they are. */
export interface AliasChanges {
  /** Number of a published version, or `$LATEST`, which does not allow `routing`. @default - unchanged */
  readonly functionVersion?: string;
  /** Description of at most 256 characters. @default - unchanged; for a new alias, none */
  readonly description?: string;
  /**
   * One additional version and its share of the traffic, from 0 to 1: `{ '2': 0.1 }`. `{}` removes it.
   *
   * @default - unchanged; for a new alias, all traffic goes to `functionVersion`
   */
  readonly routing?: Readonly<Record<string, number>>;
}

/** An alias to create. */
export interface AliasSpec extends AliasChanges {
  readonly functionVersion: string;
}

/** The aliases of a function: `FunctionClient.aliases`. */
export class FunctionAliases {
  /** @internal */
  public constructor(private readonly ref: FunctionRef) {}

  /**
   * Creates an alias.
   *
   * @param name 1 to 128 letters, digits, '-' and '_', not only digits
   * @throws ConflictError when the alias exists, FunctionNotFoundError
   */
  public async create(name: string, spec: AliasSpec): Promise<FunctionAlias> {
    const FunctionName = this.ref.reference;
    if (!ALIAS_NAME.test(name)) {
      throw invalid("an alias name must have 1 to 128 letters, digits, '-' and '_', and not only digits", name);
    }
    const command = new CreateAliasCommand({
      FunctionName,
      Name: name,
      FunctionVersion: spec.functionVersion,
      Description: spec.description,
      RoutingConfig: toRouting(spec),
    });
    return toAlias(
      await callAws(functionAction(`create alias '${name}' of`, this.ref.name), () => this.ref.clients.lambda.send(command)),
    );
  }

  /** Gets an alias. @returns undefined when it does not exist */
  public async get(name: string): Promise<FunctionAlias | undefined> {
    const command = new GetAliasCommand({ FunctionName: this.ref.reference, Name: name });
    const alias = await callAwsIfFound(this.action('read', name), () => this.ref.clients.lambda.send(command));
    return alias && toAlias(alias);
  }

  /** Lists all aliases. @throws FunctionNotFoundError */
  public async list(): Promise<FunctionAlias[]> {
    const { name, reference, clients } = this.ref;
    const all = await allPages(
      (Marker) =>
        callAws(functionAction('list the aliases of', name), () =>
          clients.lambda.send(new ListAliasesCommand({ FunctionName: reference, Marker })),
        ),
      ({ Aliases, NextMarker }) => ({ items: Aliases, marker: NextMarker }),
    );
    return all.map(toAlias);
  }

  /** Points an alias to another version, or splits its traffic between two versions. @throws ResourceNotFoundError */
  public async update(name: string, changes: AliasChanges): Promise<FunctionAlias> {
    const command = new UpdateAliasCommand({
      FunctionName: this.ref.reference,
      Name: name,
      FunctionVersion: changes.functionVersion,
      Description: changes.description,
      RoutingConfig: toRouting(changes),
    });
    return toAlias(await callAws(this.action('update', name), () => this.ref.clients.lambda.send(command)));
  }

  /** Deletes an alias. @returns whether it existed */
  public async delete(name: string): Promise<boolean> {
    // The response of Lambda does not tell whether the alias existed.
    if (!(await this.get(name))) return false;
    const command = new DeleteAliasCommand({ FunctionName: this.ref.reference, Name: name });
    await callAws(this.action('delete', name), () => this.ref.clients.lambda.send(command));
    return true;
  }

  private action(verb: string, name: string) {
    return { description: `${verb} alias '${name}' of function '${this.ref.name}'` };
  }
}

function toAlias(response: AliasConfiguration): FunctionAlias {
  return {
    name: response.Name ?? '',
    aliasArn: response.AliasArn ?? '',
    functionVersion: response.FunctionVersion ?? '',
    description: response.Description ?? '',
    routing: { ...response.RoutingConfig?.AdditionalVersionWeights },
  };
}

/** @see https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html */
function toRouting({ routing, functionVersion }: AliasChanges) {
  if (!routing) return undefined;
  const [version, ...more] = Object.keys(routing);
  if (more.length > 0) throw invalid('routing must have at most one version besides functionVersion', routing);
  if (version !== undefined) {
    const weight = routing[version] as number;
    if (!(weight >= 0 && weight <= 1)) throw invalid('the share of a version must be a number between 0 and 1', weight);
    if (!PUBLISHED_VERSION.test(version)) throw invalid('routing must have the number of a published version', version);
    if (functionVersion === '$LATEST' || functionVersion === version) {
      throw invalid('functionVersion of an alias with routing must be another published version', functionVersion);
    }
  }
  return { AdditionalVersionWeights: { ...routing } };
}
