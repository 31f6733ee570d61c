import { pytestSuite } from '../pytest';

pytestSuite(['alike', 'vectors', 'faults', 'calls', 'connections', 'settings', 'docs'].map((name) => `adapter/test_${name}.py`));
