"""Lists the modules that this process may call, with their details."""

from katamari_runtime.adapter import LambdaAdapter
from request import show

show([LambdaAdapter.from_environment(name).get_module_info() for name in LambdaAdapter.module_names()])
