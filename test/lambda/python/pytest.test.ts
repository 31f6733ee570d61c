import { pytestSuite } from './pytest';

pytestSuite(['test_retry.py', 'test_shell.py']);
