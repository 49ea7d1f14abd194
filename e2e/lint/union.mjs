// gitlab-ci-local 4 calls Set.prototype.union, which node has from 22 on.
Set.prototype.union ??= function (other) { return new Set([...this, ...other]); };
