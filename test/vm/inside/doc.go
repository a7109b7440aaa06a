// Package inside has the tests that know which machine of test/vm they are in:
// what bulkhead says and does where the kernel is too old, where Landlock or
// user namespaces are missing, and what limits a delegated cgroup enforces.
package inside
