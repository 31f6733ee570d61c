import { pytestSuite } from './pytest';

pytestSuite(['test_describe.py', 'test_result.py', 'test_retry.py', 'test_shell.py']);
