import type { DockerImage } from 'aws-cdk-lib';

/** How packages are built in Docker. */
export interface PythonDockerOptions {
  /**
   * Image that has Python and pip.
   *
   * @default - the build image of the function's runtime (public.ecr.aws/sam/build-python…)
   */
  readonly image?: DockerImage;

  /**
   * Arguments for the build of the default image, such as `{ PIP_INDEX_URL: 'https://…' }`.
   *
   * @default - none
   */
  readonly buildArgs?: { [name: string]: string };

  /**
   * Environment variables of the container.
   *
   * @default - none
   */
  readonly environment?: { [name: string]: string };

  /**
   * Docker network of the container, such as `host`.
   *
   * @default - Docker's own
   */
  readonly network?: string;
}

/** How the packages that a Python function needs are installed. */
export class PythonBundling {
  /**
   * As wheels for the runtime and the architecture, by this machine's `uv`, else `pip`: no Docker, and the same on every
   * machine. A package that has no wheel for the target is refused.
   */
  public static wheels(): PythonBundling {
    return new PythonBundling();
  }

  /**
   * In Docker, in the runtime's build image, which also builds packages that have no wheel. Needs the npm package
   * `@aws-cdk/aws-lambda-python-alpha`, and Docker. What comes of it is not checked. In a local run packages are installed
   * without Docker all the same: for this machine, and built on it where need be.
   *
   * A list without a lock is resolved anew whenever Docker runs, which is when the list changes: give it versions, or a lock.
   */
  public static docker(options: PythonDockerOptions = {}): PythonBundling {
    return new PythonBundling(options);
  }

  private constructor(
    /** @internal */
    public readonly _docker?: PythonDockerOptions,
  ) {}
}
