import type { IFunctionGroup } from '../function/function-group-ref';
import { ValidationError } from '../private/errors';
import type { ScheduleResources } from '../schedule/function-schedule';
import type { ITicker } from '../ticker/ticker-ref';

/** Resources that a group provides to its scheduled functions only. */
interface ScheduleServices extends ScheduleResources {
  /** Made on first access. */
  readonly ticker: ITicker;
}

const servicesOf = new WeakMap<IFunctionGroup, ScheduleServices>();

/** @internal */
export function provideScheduleServices(group: IFunctionGroup, services: ScheduleServices): void {
  servicesOf.set(group, services);
}

/**
 * Returns the resources that a group provides to its scheduled functions.
 *
 * @throws ValidationError when the group is not a FunctionGroup
 *
 * @internal
 */
export function scheduleServicesOf(group: IFunctionGroup): ScheduleServices {
  const services = servicesOf.get(group);
  if (!services) {
    throw new ValidationError('a scheduled function requires a FunctionGroup, which provides the role of its schedule', group);
  }
  return services;
}
