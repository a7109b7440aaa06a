// Command empty does nothing: the floor for any program written in Go.
package main

func main() {}
