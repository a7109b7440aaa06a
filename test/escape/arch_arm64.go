package main

// sweepForks copy the process that makes them: this architecture has none beside clone.
var sweepForks []uintptr
