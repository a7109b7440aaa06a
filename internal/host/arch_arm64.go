package host

const arch = "arm64"
