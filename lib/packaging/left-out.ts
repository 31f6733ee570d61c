/**
 * Files with credentials. They are left out of every folder that is packaged, unless a pattern that starts with `!` includes them.
 * docs/functions.md has the same list.
 *
 * @internal
 */
export const CREDENTIALS = [
  ...['.env*', '.netrc', '_netrc', '.git-credentials', '.htpasswd', '.pgpass', '.my.cnf', '.vault-token'],
  ...['.npmrc', '.yarnrc', '.yarnrc.yml', '.pypirc', 'pip.conf', 'pip.ini', '.dockercfg', '.s3cfg', '.boto'],
  ...['.aws/', '.azure/', '**/.config/gcloud/', '.docker/', '.gnupg/', '.kube/', '.ssh/'],
  ...['id_rsa', 'id_dsa', 'id_ecdsa', 'id_ed25519'],
];

/**
 * Files beside Python code that are not part of it.
 *
 * @internal
 */
export const NOT_CODE = [
  ...['__pycache__/', '*.pyc', '*.pyo', '.venv/', 'venv/', '.python-version', '*.egg-info/'],
  ...['.git/', '.gitignore', '.DS_Store', '.idea/', '.vscode/', 'node_modules/', 'cdk.out/'],
  ...['.pytest_cache/', '.mypy_cache/', '.ruff_cache/', '.tox/', '.nox/'],
];

/**
 * File by which Python finds that a folder is a virtual environment. Such folders are never packaged, whatever their name.
 *
 * @see https://docs.python.org/3/library/venv.html
 *
 * @internal
 */
export const VIRTUAL_ENVIRONMENT = 'pyvenv.cfg';
