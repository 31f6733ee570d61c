import { pytestSuite } from '../pytest';

pytestSuite(['vectors', 'faults', 'calls', 'settings', 'docs'].map((name) => `adapter/test_${name}.py`));
