// Package ffi is the only place where Go meets C: handles, bytes and numbers, nothing that a host sees.
package ffi

// #include "shim.h"
//
// #cgo noescape lifestage_pipeline_call
// #cgo nocallback lifestage_pipeline_call
// #cgo noescape lifestage_call
// #cgo nocallback lifestage_call
// #cgo noescape lifestage_abi_version
import "C"

import (
	"fmt"
	"sync"
	"unsafe"
)

// A Fault is what the library says when a call cannot be answered.
type Fault struct {
	Code    int32
	Name    string
	Message string
	Detail  []byte
}

// Loaded says whether the library is the one that the header describes.
var Loaded = sync.OnceValue(func() *Fault {
	library, header := uint32(C.lifestage_abi_version()), uint32(C.LIFESTAGE_ABI_VERSION)
	if library == header {
		return nil
	}
	message := fmt.Sprintf("the library has ABI %d, and the binding was made for %d", library, header)
	return &Fault{Code: C.LIFESTAGE_STATUS_UNSUPPORTED, Name: "unsupported", Message: message}
})

// ABI is the number of the library.
func ABI() uint32 { return uint32(C.lifestage_abi_version()) }

// Pipeline is a lifestage_pipeline.
type Pipeline struct{ c *C.lifestage_pipeline }

// Workspace is a lifestage_workspace.
type Workspace struct{ c *C.lifestage_workspace }

// NewPipeline reads a definition.
func NewPipeline(json []byte, version uint32) (Pipeline, *Fault) {
	var handle *C.lifestage_pipeline
	var failed *C.lifestage_error
	status := C.lifestage_pipeline_from_json(bytesAt(json), C.size_t(len(json)), C.uint32_t(version), &handle, &failed)
	return Pipeline{handle}, fault(status, failed)
}

// Free frees the pipeline.
func (p Pipeline) Free() { C.lifestage_pipeline_free(p.c) }

// Free closes the workspace and its store.
func (w Workspace) Free() { C.lifestage_workspace_free(w.c) }

// OpenSQLite opens a tenant in a file.
func OpenSQLite(path, tenant string) (Workspace, *Fault) {
	var handle *C.lifestage_workspace
	var failed *C.lifestage_error
	status := C.lifestage_workspace_open_sqlite(
		textAt(path), C.size_t(len(path)), textAt(tenant), C.size_t(len(tenant)), &handle, &failed)
	return Workspace{handle}, fault(status, failed)
}

// OpenMemory opens a tenant in memory.
func OpenMemory(tenant string) (Workspace, *Fault) {
	var handle *C.lifestage_workspace
	var failed *C.lifestage_error
	status := C.lifestage_workspace_open_memory(textAt(tenant), C.size_t(len(tenant)), &handle, &failed)
	return Workspace{handle}, fault(status, failed)
}

// Call asks what needs no handle.
func Call(operation string, input []byte) ([]byte, *Fault) {
	var answer *C.lifestage_buffer
	var failed *C.lifestage_error
	status := C.lifestage_call(
		textAt(operation), C.size_t(len(operation)), bytesAt(input), C.size_t(len(input)), &answer, &failed)
	return taken(status, answer, failed)
}

// Call asks a pipeline.
func (p Pipeline) Call(operation string, input []byte) ([]byte, *Fault) {
	var answer *C.lifestage_buffer
	var failed *C.lifestage_error
	status := C.lifestage_pipeline_call(
		p.c, textAt(operation), C.size_t(len(operation)), bytesAt(input), C.size_t(len(input)), &answer, &failed)
	return taken(status, answer, failed)
}

// Call asks a workspace. It may call back into a store of the host.
func (w Workspace) Call(operation string, input []byte) ([]byte, *Fault) {
	var answer *C.lifestage_buffer
	var failed *C.lifestage_error
	status := C.lifestage_workspace_call(
		w.c, textAt(operation), C.size_t(len(operation)), bytesAt(input), C.size_t(len(input)), &answer, &failed)
	return taken(status, answer, failed)
}

func taken(status C.lifestage_status, answer *C.lifestage_buffer, failed *C.lifestage_error) ([]byte, *Fault) {
	if status != C.LIFESTAGE_STATUS_OK {
		return nil, fault(status, failed)
	}
	defer C.lifestage_buffer_free(answer)
	length := int(C.lifestage_buffer_length(answer))
	told := make([]byte, length)
	copy(told, unsafe.Slice((*byte)(C.lifestage_buffer_data(answer)), length))
	return told, nil
}

// fault takes the error over and frees it.
func fault(status C.lifestage_status, failed *C.lifestage_error) *Fault {
	if status == C.LIFESTAGE_STATUS_OK {
		return nil
	}
	if failed == nil {
		return &Fault{Code: int32(status), Message: fmt.Sprintf("the library failed with %d", int32(status))}
	}
	defer C.lifestage_error_free(failed)
	var name, message, detail *C.uint8_t
	var lengths [3]C.size_t
	C.lifestage_error_name(failed, &name, &lengths[0])
	C.lifestage_error_message(failed, &message, &lengths[1])
	C.lifestage_error_detail(failed, &detail, &lengths[2])
	return &Fault{
		Code:    int32(status),
		Name:    string(view(name, lengths[0])),
		Message: string(view(message, lengths[1])),
		Detail:  append([]byte(nil), view(detail, lengths[2])...),
	}
}

// view is what C has at a place, not copied.
func view(first *C.uint8_t, length C.size_t) []byte {
	return unsafe.Slice((*byte)(first), int(length))
}

func textAt(text string) *C.uint8_t   { return (*C.uint8_t)(unsafe.StringData(text)) }
func bytesAt(bytes []byte) *C.uint8_t { return (*C.uint8_t)(unsafe.SliceData(bytes)) }
