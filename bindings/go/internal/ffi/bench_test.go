package ffi

import "testing"

// What a call of C costs that does next to nothing: the limit of every other.
func BenchmarkEmptyCall(b *testing.B) {
	for b.Loop() {
		if ABI() == 0 {
			b.Fatal("no ABI")
		}
	}
}
