import type { DockerImage } from 'aws-cdk-lib';
import { requireKnownOptions } from '../../private/tokens';
import { refuseUnknownOptions } from '../../private/unknown-options';

/** Options of a build in Docker. */
export interface PythonDockerOptions {
  /**
   * Image with Python and pip.
   *
   * @default - the build image of the function's runtime (public.ecr.aws/sam/build-python…)
   */
  readonly image?: DockerImage;

  /**
   * Build arguments of the default image, such as `{ PIP_INDEX_URL: 'https://…' }`.
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
   * @default - the default network of Docker
   */
  readonly network?: string;
}

/**
 * A method to install packages, as functions and layers use it.
 *
 * @internal
 */
export interface PythonBundlingConfig {
  /**
   * Options of the build in Docker.
   *
   * @default - packages are installed as wheels
   */
  readonly docker?: PythonDockerOptions;
}

/** Method to install the packages of a Python function or layer. */
export class PythonBundling {
  /**
   * Installs wheels for the runtime and the architecture, with `uv` or, where it is not on the PATH, with `pip`. Needs no Docker, and
   * gives the same files on every machine. A package without a wheel for the target is an error.
   */
  public static wheels(): PythonBundling {
    return new PythonBundling();
  }

  /**
   * Installs packages in Docker, in the runtime's build image. Packages without a wheel are built. Needs Docker and the npm package
   * `@aws-cdk/aws-lambda-python-alpha`. The result is not checked. In a local run packages are installed for this machine, without
   * Docker.
   *
   * Requirements without a lock are resolved again each time Docker runs, which is when they change. Use versions or a lock.
   */
  public static docker(options: PythonDockerOptions = {}): PythonBundling {
    refuseUnknownOptions('PythonBundling.docker', options, { buildArgs: true, environment: true, image: true, network: true });
    requireKnownOptions('a build in Docker', options);
    return new PythonBundling(options);
  }

  private constructor(private readonly docker?: PythonDockerOptions) {}

  /**
   * Returns the configuration. Called by the function or the layer.
   *
   * @internal
   */
  public _bind(): PythonBundlingConfig {
    return { docker: this.docker };
  }
}
