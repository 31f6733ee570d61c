import { runProcess } from '../../../../engine/run-process';
import { START_TIMEOUT_MS } from '../../../support/ministack';
import { lambdaPython, pythonEnvironment } from '../python-driver';

test(
  'importing the adapter does not import the AWS SDK, the first adapter does',
  async () => {
    const code = `import json, sys
from katamari_runtime.adapter import LambdaAdapter
def loaded(): return any(name.startswith("boto") for name in sys.modules)
before = loaded()
LambdaAdapter(function_identifier="fn", module_name="m")
print(json.dumps([before, loaded()]))`;
    const { stdout, stderr } = await runProcess(await lambdaPython(), ['-c', code], { env: pythonEnvironment() });
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual([false, true]);
  },
  START_TIMEOUT_MS,
);
