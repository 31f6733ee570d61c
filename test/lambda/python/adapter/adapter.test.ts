import { pythonTests } from './python-tests';

pythonTests('test_vectors');
pythonTests('test_faults');
pythonTests('test_calls');
pythonTests('test_settings');
pythonTests('test_docs');
