package host

const arch = "amd64"
