import {
  type AliasConfiguration,
  CreateAliasCommand,
  DeleteAliasCommand,
  GetAliasCommand,
  ListAliasesCommand,
  UpdateAliasCommand,
} from '@aws-sdk/client-lambda';
import { invalid } from '../../lambda/shared/checks';
import type { FunctionRef } from './function-ref';
import { allPages } from './pages';
import { attempt, attemptIfThere, ofFunction } from './service-errors';

const ALIAS_NAME = /^(?!\d+$)[a-zA-Z0-9-_]{1,128}$/;

/** A name for a version of a function. */
export interface FunctionAlias {
  readonly name: string;
  readonly aliasArn: string;
  /** The version that it points to. */
  readonly functionVersion: string;
  readonly description: string;
  /** Versions that get a part of the traffic, each with its share from 0 to 1; empty when the version above gets all. */
  readonly routing: Readonly<Record<string, number>>;
}

/** What to change of an alias; what is not given stays. */
export interface AliasChanges {
  /** Number of a published version, or `$LATEST`, which allows no routing. */
  readonly functionVersion?: string;
  /** At most 256 characters. */
  readonly description?: string;
  /** One other version and its share of the traffic, from 0 to 1: `{ '2': 0.1 }`. `{}` ends the routing. */
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
   * @param name 1 to 128 letters, digits, '-' and '_', not digits alone
   * @throws ConflictError when there is one of that name, FunctionNotFoundError
   */
  public async create(name: string, spec: AliasSpec): Promise<FunctionAlias> {
    const FunctionName = this.ref.reference;
    if (!ALIAS_NAME.test(name)) {
      throw invalid("the name of an alias must have 1 to 128 letters, digits, '-' and '_', not digits alone", name);
    }
    const command = new CreateAliasCommand({
      FunctionName,
      Name: name,
      FunctionVersion: spec.functionVersion,
      Description: spec.description,
      RoutingConfig: toRouting(spec),
    });
    return toAlias(
      await attempt(ofFunction(`create alias '${name}' of`, this.ref.name), () => this.ref.clients.lambda.send(command)),
    );
  }

  /** An alias; undefined when it is not there. */
  public async get(name: string): Promise<FunctionAlias | undefined> {
    const command = new GetAliasCommand({ FunctionName: this.ref.reference, Name: name });
    const alias = await attemptIfThere(this.subject('read', name), () => this.ref.clients.lambda.send(command));
    return alias && toAlias(alias);
  }

  /** All aliases. @throws FunctionNotFoundError */
  public async list(): Promise<FunctionAlias[]> {
    const { name, reference, clients } = this.ref;
    const all = await allPages(
      (Marker) =>
        attempt(ofFunction('list the aliases of', name), () =>
          clients.lambda.send(new ListAliasesCommand({ FunctionName: reference, Marker })),
        ),
      ({ Aliases, NextMarker }) => ({ items: Aliases, marker: NextMarker }),
    );
    return all.map(toAlias);
  }

  /** Points an alias to another version, or shares its traffic between two. @throws ResourceNotFoundError */
  public async update(name: string, changes: AliasChanges): Promise<FunctionAlias> {
    const command = new UpdateAliasCommand({
      FunctionName: this.ref.reference,
      Name: name,
      FunctionVersion: changes.functionVersion,
      Description: changes.description,
      RoutingConfig: toRouting(changes),
    });
    return toAlias(await attempt(this.subject('update', name), () => this.ref.clients.lambda.send(command)));
  }

  /** Deletes an alias. @returns whether it was there */
  public async delete(name: string): Promise<boolean> {
    // Lambda answers the same whether there was one or not.
    if (!(await this.get(name))) return false;
    const command = new DeleteAliasCommand({ FunctionName: this.ref.reference, Name: name });
    await attempt(this.subject('delete', name), () => this.ref.clients.lambda.send(command));
    return true;
  }

  private subject(verb: string, name: string) {
    return { doing: `${verb} alias '${name}' of function '${this.ref.name}'` };
  }
}

function toAlias(answer: AliasConfiguration): FunctionAlias {
  return {
    name: answer.Name ?? '',
    aliasArn: answer.AliasArn ?? '',
    functionVersion: answer.FunctionVersion ?? '',
    description: answer.Description ?? '',
    routing: { ...answer.RoutingConfig?.AdditionalVersionWeights },
  };
}

/** @see https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html */
function toRouting({ routing, functionVersion }: AliasChanges) {
  if (!routing) return undefined;
  const [version, ...more] = Object.keys(routing);
  if (more.length > 0) throw invalid('routing must name at most one version beside that of the alias', routing);
  if (version !== undefined) {
    const weight = routing[version] as number;
    if (!(weight >= 0 && weight <= 1)) throw invalid('the weight of a version must be a number between 0 and 1', weight);
    if (!/^\d+$/.test(version)) throw invalid('routing must name a published version by its number', version);
    if (functionVersion === '$LATEST' || functionVersion === version) {
      throw invalid('an alias with routing must point to another published version', functionVersion);
    }
  }
  return { AdditionalVersionWeights: { ...routing } };
}
