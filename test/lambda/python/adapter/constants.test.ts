import { runProcess } from '../../../../engine/run-process';
import * as invoker from '../../../../lib/invoker/constants';
import { START_TIMEOUT_MS } from '../../../support/ministack';
import { lambdaPython, pythonEnvironment } from '../python-driver';

async function python(code: string): Promise<unknown> {
  const { stdout, stderr } = await runProcess(await lambdaPython(), ['-c', code], { env: pythonEnvironment() });
  expect(stderr).toBe('');
  return JSON.parse(stdout);
}

test(
  'the constants are those of the construct',
  async () => {
    const code = `import json, re
from katamari_runtime.adapter import _constants
values = {name: value for name, value in vars(_constants).items() if name.isupper()}
print(json.dumps([{name: value.pattern if isinstance(value, re.Pattern) else value for name, value in values.items()},
  _constants.health_partition("x")]))`;
    const [constants, partition] = (await python(code)) as [Record<string, unknown>, string];
    const { healthPartition, ...known } = invoker;
    // Python anchors a pattern where it uses it.
    expect(constants).toEqual({ ...known, MODULE_NAME: known.MODULE_NAME.source.replace(/^\^(.*)\$$/, '$1') });
    expect(partition).toBe(healthPartition('x'));
  },
  START_TIMEOUT_MS,
);

test('importing it loads no AWS SDK, the first adapter does', async () => {
  const code = `import json, sys
from katamari_runtime.adapter import LambdaAdapter
def loaded(): return any(name.startswith("boto") for name in sys.modules)
before = loaded()
LambdaAdapter(function_identifier="fn", module_name="m")
print(json.dumps([before, loaded()]))`;
  expect(await python(code)).toEqual([false, true]);
});
