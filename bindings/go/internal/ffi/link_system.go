//go:build lifestage_system

package ffi

// #cgo pkg-config: lifestage
import "C"
