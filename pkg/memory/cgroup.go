package memory

import (
	"math"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// The limits of cgroups are read here, and not by a library: github.com/KimMachineGun/automemlimit tells the limit, but
// not what is used of it, which counts where other processes share it; and a test cannot show it other files.

// hierarchy says in which files a version of cgroups keeps its numbers.
type hierarchy struct {
	limits []string
	usage  string
	cached string // prefix of the numbers of cached files in memory.stat
}

var (
	version1 = hierarchy{[]string{"memory.limit_in_bytes"}, "memory.usage_in_bytes", "total_"}
	version2 = hierarchy{[]string{"memory.max", "memory.high"}, "memory.current", ""}
)

// cgroupRoom is how much the limits of this process's cgroups leave, in bytes: the least over its own cgroup and all
// above it. limited is false if there is no limit.
func cgroupRoom(root string) (room int64, limited bool) {
	room = math.MaxInt64
	groups := groupsIn(root)
	for _, m := range mountsIn(root) {
		group, ok := groups[m.controller]
		if !ok {
			continue
		}
		for dir := m.folderOf(root, group); ; dir = path.Dir(dir) {
			if r, ok := m.room(filepath.Join(root, dir)); ok {
				room, limited = min(room, r), true
			}
			if dir == m.point || dir == "/" {
				break
			}
		}
	}
	return room, limited
}

// groupsIn are this process's cgroups by controller: "memory" in version 1, "" in version 2.
func groupsIn(root string) map[string]string {
	groups := map[string]string{}
	for _, line := range linesOf(filepath.Join(root, "proc/self/cgroup")) {
		if fields := strings.SplitN(line, ":", 3); len(fields) == 3 {
			for controller := range strings.SplitSeq(fields[1], ",") {
				groups[controller] = fields[2]
			}
		}
	}
	return groups
}

// mount is where cgroups that limit memory can be read.
type mount struct {
	hierarchy
	controller  string // see groupsIn
	point, base string // folder, and the cgroup that it shows
}

// mountsIn lists the mounts of cgroups, from lines such as
// "35 31 0:32 /base /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory".
func mountsIn(root string) (found []mount) {
	for _, line := range linesOf(filepath.Join(root, "proc/self/mountinfo")) {
		before, after, _ := strings.Cut(line, " - ")
		own, of := strings.Fields(before), strings.Fields(after)
		if len(own) < 5 || len(of) < 3 || strings.HasPrefix(own[3], "/..") { // another namespace's
			continue
		}
		m := mount{point: unescape.Replace(own[4]), base: unescape.Replace(own[3])}
		switch {
		case of[0] == "cgroup2":
			m.hierarchy = version2
		case of[0] == "cgroup" && slices.Contains(strings.Split(of[2], ","), "memory"):
			m.hierarchy, m.controller = version1, "memory"
		default:
			continue
		}
		found = append(found, m)
	}
	return found
}

// unescape undoes how the kernel writes characters of paths.
var unescape = strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`)

// folderOf is where a cgroup can be read: below the mount, or at it where the mount does not show the cgroup, as in a
// container that has a mount of its own.
func (m mount) folderOf(root, group string) string {
	below, ok := strings.CutPrefix(group+"/", strings.TrimSuffix(m.base, "/")+"/")
	if ok && !strings.HasPrefix(group, "/..") {
		dir := path.Join(m.point, below)
		if info, err := os.Stat(filepath.Join(root, dir)); err == nil && info.IsDir() {
			return dir
		}
	}
	return m.point
}

// room is how much the limit of one cgroup leaves; not ok where it has none.
func (m mount) room(dir string) (room int64, ok bool) {
	limit, stat := int64(math.MaxInt64), statOf(dir)
	for _, file := range m.limits {
		if n, ok := numberIn(filepath.Join(dir, file)); ok {
			limit = min(limit, n)
		}
	}
	if n, ok := stat["hierarchical_memory_limit"]; ok { // version 1: with those above that no mount shows
		limit = min(limit, n)
	}
	used, ok := numberIn(filepath.Join(dir, m.usage))
	if limit >= unlimited || !ok {
		return 0, false
	}
	cached := stat[m.cached+"active_file"] + stat[m.cached+"inactive_file"]
	return max(limit-max(used-cached, 0), 0), true
}

// unlimited is how version 1 writes that there is no limit: the largest number of whole pages, of at most 1 MiB.
const unlimited = math.MaxInt64 &^ (1<<20 - 1)

// statOf are the numbers of a cgroup's memory.stat.
func statOf(dir string) map[string]int64 {
	stat := map[string]int64{}
	for _, line := range linesOf(filepath.Join(dir, "memory.stat")) {
		name, value, _ := strings.Cut(line, " ")
		if n, err := strconv.ParseInt(value, 10, 64); err == nil {
			stat[name] = n
		}
	}
	return stat
}

// numberIn reads a file of one number; "max", which stands for no limit, is none.
func numberIn(file string) (int64, bool) {
	lines := linesOf(file)
	if len(lines) == 0 {
		return 0, false
	}
	n, err := strconv.ParseInt(strings.TrimSpace(lines[0]), 10, 64)
	return n, err == nil
}

// linesOf are a file's lines; none if it cannot be read: a machine without cgroups has no limits.
func linesOf(file string) []string {
	content, err := os.ReadFile(file)
	if err != nil {
		return nil
	}
	return strings.Split(strings.TrimSpace(string(content)), "\n")
}
