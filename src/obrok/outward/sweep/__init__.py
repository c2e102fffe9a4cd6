"""Many runs side by side: designs over parameters, seeds, policies and cases, on this machine or a cluster."""
