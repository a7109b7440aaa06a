package cgroup

import (
	"errors"
	"os"
	"strconv"
	"strings"
	"syscall"

	"github.com/bulkhead/bulkhead/spec"
)

// rate is one limit of one device.
type rate struct {
	v2, v1 string // key in io.max, file of blkio
	value  int64
	what   string
}

// io limits block devices.
func (s *setup) io(lim spec.Limits) error {
	if len(lim.IO) == 0 {
		return nil
	}
	for _, dev := range lim.IO {
		if !isDevice(dev.Device) {
			return errors.New("limit io of " + quote(dev.Device) + ": the device must be given as MAJOR:MINOR here")
		}
	}
	if s.l.Inner && !s.l.onV2(IO) {
		// FACT — until v1's end (cgroup-v1/blkio-controller.rst, "Hierarchical Cgroups") throttling does not count for the groups below —
		// a limit above the program's own level limits nothing.
		s.Unmet = append(s.Unmet, Unmet{Limit: "io", Reason: "a program that may nest could lift it: on cgroup v1 it would have to be set where the program can reach it",
			Hint: "leave out --nest, run it as root, or boot with systemd.unified_cgroup_hierarchy=1 for cgroup v2"})
		return nil
	}
	dir := s.use(IO)
	if dir == "" {
		s.unmet("io", IO)
		return nil
	}
	for _, dev := range lim.IO {
		s.device(dir, dev.Device, rates(dev))
	}
	return nil
}

// rates is the limits that are set.
func rates(dev spec.IOLimit) []rate {
	var set []rate
	for _, r := range [...]rate{
		{"rbps", "blkio.throttle.read_bps_device", int64(dev.ReadBPS), "bytes read"},
		{"wbps", "blkio.throttle.write_bps_device", int64(dev.WriteBPS), "bytes written"},
		{"riops", "blkio.throttle.read_iops_device", dev.ReadIOPS, "reads"},
		{"wiops", "blkio.throttle.write_iops_device", dev.WriteIOPS, "writes"},
	} {
		if r.value > 0 {
			set = append(set, r)
		}
	}
	return set
}

// device writes the limits of one device: one line on v2, one file each on v1.
func (s *setup) device(dir, device string, set []rate) {
	line, what := device, "limit device "+device+":"
	for i, r := range set {
		value := strconv.FormatInt(r.value, 10)
		one := " " + r.what + " to " + value + "/s"
		if !s.l.onV2(IO) {
			s.write(dir, r.v1, device+" "+value, what+one)
			continue
		}
		if i > 0 {
			what += ","
		}
		line, what = line+" "+r.v2+"="+value, what+one
	}
	if s.l.onV2(IO) && len(set) > 0 {
		s.write(dir, "io.max", line, what)
	}
}

// isDevice reports whether s is MAJOR:MINOR.
func isDevice(s string) bool {
	major, minor, ok := strings.Cut(s, ":")
	_, err1 := strconv.ParseUint(major, 10, 32)
	_, err2 := strconv.ParseUint(minor, 10, 32)
	return ok && err1 == nil && err2 == nil
}

// Device resolves a block device's path to the MAJOR:MINOR that Setup wants;
// what is of that form already is returned as it is. A partition is resolved to
// its disk, since the kernel limits only whole disks. It reads the file system.
func Device(file string) (string, error) {
	if isDevice(file) {
		return file, nil
	}
	var st syscall.Stat_t
	if err := syscall.Stat(file, &st); err != nil {
		return "", &os.PathError{Op: "limit io of", Path: file, Err: err}
	}
	if st.Mode&syscall.S_IFMT != syscall.S_IFBLK {
		return "", errors.New("limit io of " + file + ": not a block device (lsblk lists them)")
	}
	number := strconv.FormatUint(devMajor(st.Rdev), 10) + ":" + strconv.FormatUint(devMinor(st.Rdev), 10)
	return wholeDisk(number), nil
}

// wholeDisk is the disk that a partition belongs to, or the disk itself.
func wholeDisk(number string) string {
	entry := "/sys/dev/block/" + number
	if syscall.Access(entry+"/partition", 0) != nil {
		return number
	}
	disk, err := os.ReadFile(entry + "/../dev")
	if err != nil {
		return number
	}
	return strings.TrimSpace(string(disk))
}

// devMajor and devMinor split a device number as the C library's makedev(3) joins it.
func devMajor(dev uint64) uint64 { return dev>>8&0xfff | dev>>32&^0xfff }
func devMinor(dev uint64) uint64 { return dev&0xff | dev>>12&^0xff }
