import type { IConstruct } from 'constructs';

/**
 * Returns a value that this library keeps on a construct. It is not a child or a property that users see. A global symbol is the
 * key, so that two copies of this package in one app share the value.
 *
 * @internal
 */
export function stateOf<T>(construct: IConstruct, key: string): T | undefined {
  return Reflect.get(construct, symbolOf(key)) as T | undefined;
}

/** @internal */
export function setStateOf<T>(construct: IConstruct, key: string, value: T): void {
  Object.defineProperty(construct, symbolOf(key), { value, configurable: true });
}

const symbolOf = (key: string) => Symbol.for(`cdk-katamari.${key}`);
