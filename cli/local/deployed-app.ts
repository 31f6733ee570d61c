import { join } from 'node:path';
import { type Assembly, type AssemblyStack, compareAssemblies, type Difference } from '../../engine/assembly';

/** Two folders that take turns: one has the deployed assembly while the next one is synthesized into the other. */
const FOLDERS = ['assembly-a', 'assembly-b'] as const;

/** The assembly that a local run has deployed, and the stacks that exist because of it. */
export class DeployedApp {
  private deployed?: Assembly;
  /** Stacks that may exist: those of the deployed assembly alone, unless a later deploy failed. */
  private stacks: readonly AssemblyStack[] = [];

  /** @param folder folder of the assemblies */
  public constructor(private readonly folder: string) {}

  /** The last assembly whose deploy succeeded. */
  public get assembly(): Assembly | undefined {
    return this.deployed;
  }

  /** The folder to synthesize into: the one that does not have the deployed assembly. */
  public nextFolder(): string {
    return FOLDERS.map((name) => join(this.folder, name)).find((folder) => folder !== this.deployed?.directory) as string;
  }

  /** Tells what a deploy of an assembly would change. After a failed deploy, resources may differ from the deployed assembly. */
  public differenceTo(assembly: Assembly): Difference {
    return this.deployed && this.deployed.stacks === this.stacks ? compareAssemblies(this.deployed, assembly) : 'structure';
  }

  /**
   * Deploys an assembly.
   *
   * @param action deploys it; gets the stacks that may exist
   */
  public async deploy(assembly: Assembly, action: (previous: readonly AssemblyStack[]) => Promise<void>): Promise<void> {
    const { stacks } = assembly;
    const previous = this.stacks;
    // Until the deploy has succeeded: a failed one may have created or updated some of the stacks.
    this.stacks = [...previous.filter(({ stackName }) => stacks.every((stack) => stack.stackName !== stackName)), ...stacks];
    await action(previous);
    this.deployed = assembly;
    this.stacks = stacks;
  }

  /** Forgets what was deployed, once everything has been deleted. */
  public forget(): void {
    this.deployed = undefined;
    this.stacks = [];
  }
}
