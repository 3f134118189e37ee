//go:build cgo && ((linux && (amd64 || arm64)) || (darwin && arm64) || (windows && amd64))

package backend

import "testing"

func TestReference(t *testing.T) {
	for _, c := range []struct{ plugin, file, want string }{
		{"cpu", "/a/.venv/pjrt/pjrt_c_api_cpu_plugin.so", "/a/.venv/pjrt/pjrt_c_api_cpu_plugin.so"},
		{"cpu", "/home/nvidia/.venv/pjrt/pjrt_c_api_cpu_plugin.so", "cpu"},
		{"cpu", "/a,b/pjrt_c_api_cpu_plugin.so", "cpu"},
		{"cuda", "/lib/go-xla/nvidia/pjrt_c_api_cuda_plugin.so", "/lib/go-xla/nvidia/pjrt_c_api_cuda_plugin.so"},
		{"cuda", "/cpu/pjrt_c_api_cuda_plugin.so", "cuda"},
	} {
		if got := reference(c.plugin, c.file); got != c.want {
			t.Errorf("reference(%s, %s) = %s, want %s", c.plugin, c.file, got, c.want)
		}
	}
}

func TestPluginIn(t *testing.T) {
	for reference, want := range map[string]string{
		"cpu": "cpu", "cuda": "cuda", "/cuda/.venv/pjrt/pjrt_c_api_cpu_plugin.so": "cpu",
		"/cpu/pjrt_c_api_cuda_plugin.so": "cuda", "/a/pjrt_c_api_cuda_v0.83.4_plugin.so": "cuda",
		"/a/pjrt_c_api_rocm_plugin.so": "rocm",
	} {
		if got := pluginIn(reference); got != want {
			t.Errorf("the plugin of %s is %q, want %q", reference, got, want)
		}
	}
}
