package ffi

// #include "shim.h"
import "C"

import (
	"fmt"
	"runtime/cgo"
	"unsafe"
)

// Methods are the names of a store's methods, each at the place of its number.
var Methods = [...]string{
	"load", "commit", "receipt", "publish", "published", "publication", "publications", "history", "effects", "page",
	"rows", "linked", "counts", "find", "feed", "claim", "settle", "outbox", "entry", "tasks", "next_ready", "queue",
	"migrations", "begin_migration", "finish_migration",
}

// Host answers the methods of a store: with JSON, or with a status of stores and words.
type Host interface {
	Answer(method string, input []byte) (answer []byte, status int32)
	Dropped()
}

// OpenHost opens a tenant in a store of the host, which has the methods that are named.
func OpenHost(host Host, has func(method string) bool, tenant string) (Workspace, *Fault) {
	var methods C.uint32_t
	for number, name := range Methods {
		if has(name) {
			methods |= 1 << number
		}
	}
	var handle *C.lifestage_workspace
	var failed *C.lifestage_error
	// The library calls drop once, whatever comes of it: that deletes the handle.
	status := C.lifestage_go_open_host(
		C.uintptr_t(cgo.NewHandle(host)), methods, textAt(tenant), C.size_t(len(tenant)), &handle, &failed)
	return Workspace{handle}, fault(status, failed)
}

//export lifestageGoAnswer
func lifestageGoAnswer(
	handle C.uintptr_t, method C.uint32_t, input *C.uint8_t, length C.size_t, to *C.lifestage_buffer,
) (status C.lifestage_status) {
	write := func(answer []byte) {
		C.lifestage_buffer_write(to, bytesAt(answer), C.size_t(len(answer)), nil)
	}
	// A panic must not go through the frames of C.
	defer func() {
		if panicked := recover(); panicked != nil {
			write(fmt.Appendf(nil, "the host's store panicked: %v", panicked))
			status = C.LIFESTAGE_STATUS_IO
		}
	}()
	host := cgo.Handle(handle).Value().(Host)
	answer, failed := host.Answer(Methods[method], unsafe.Slice((*byte)(input), int(length)))
	write(answer)
	return C.lifestage_status(failed)
}

//export lifestageGoDrop
func lifestageGoDrop(handle C.uintptr_t) {
	// Nor may one here, where nobody is left to be told.
	defer func() { _ = recover() }()
	host := cgo.Handle(handle).Value().(Host)
	cgo.Handle(handle).Delete()
	host.Dropped()
}
