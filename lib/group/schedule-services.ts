import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as scheduler from 'aws-cdk-lib/aws-scheduler';
import type { IFunctionGroup } from '../function/function-group-ref';
import { ValidationError } from '../private/errors';
import type { ITicker } from '../ticker/ticker-ref';

/**
 * Resources that a group provides to its scheduled functions, and to nobody else.
 *
 * @internal
 */
export interface ScheduleServices {
  readonly scheduleGroup: scheduler.IScheduleGroup;
  readonly schedulerRole: iam.IRole;
  readonly ticker: ITicker;
}

const servicesOf = new WeakMap<IFunctionGroup, ScheduleServices>();

/** @internal */
export function provideScheduleServices(group: IFunctionGroup, services: ScheduleServices): void {
  servicesOf.set(group, services);
}

/**
 * The resources that a group provides to its scheduled functions.
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
