//go:build !lifestage_system

package ffi

// #cgo CFLAGS: -I${SRCDIR}/include
// #cgo LDFLAGS: ${SRCDIR}/lib/liblifestage.a -lm -lpthread -ldl
import "C"
