package ffi

// #include <stdlib.h>
// #include "shim.h"
import "C"

import (
	"fmt"
	"runtime"
	"unsafe"
)

// Numbers is a column of unsigned numbers of one width.
type Numbers struct {
	First unsafe.Pointer
	Width uint32
	Rows  int
}

// Bits is one bit of each byte of a column; none when it is nil.
type Bits struct {
	Column []byte
	Bit    uint8
}

// Column is a lifestage_column, with how many values it has.
type Column struct {
	Slot    uint32
	Kind    uint32
	Values  unsafe.Pointer
	Rows    int
	Bit     uint8
	Present Bits
	Texts   []string
}

// text is how the header says that a column of texts is laid out.
type text struct {
	data   unsafe.Pointer
	length C.size_t
}

// DecideBatch judges many requests at once. Columns are pinned and not copied, but for texts.
func (p Pipeline) DecideBatch(
	stages, moves, roles Numbers, columns []Column, owners Bits, flags uint32,
	codes unsafe.Pointer, width uint32, rows int,
) *Fault {
	for i, has := range [...]int{stages.Rows, moves.Rows, roles.Rows} {
		if has != rows {
			return uneven([...]string{"stages", "moves", "roles"}[i], has, rows)
		}
	}
	if owners.Column != nil && len(owners.Column) != rows {
		return uneven("owners", len(owners.Column), rows)
	}
	for i := range columns {
		if columns[i].Rows != rows {
			return uneven("a column of facts", columns[i].Rows, rows)
		}
		if present := columns[i].Present.Column; present != nil && len(present) != rows {
			return uneven("what is present", len(present), rows)
		}
	}
	if rows == 0 {
		return nil
	}
	var pinner runtime.Pinner
	defer pinner.Unpin()
	pin := func(first unsafe.Pointer) unsafe.Pointer {
		if first != nil {
			pinner.Pin(first)
		}
		return first
	}
	pinBytes := func(bytes []byte) *C.uint8_t {
		return (*C.uint8_t)(pin(unsafe.Pointer(unsafe.SliceData(bytes))))
	}
	given := make([]C.lifestage_column, len(columns))
	for i, column := range columns {
		values := column.Values
		if column.Kind == C.LIFESTAGE_COLUMN_TEXT {
			copied := copyTexts(column.Texts)
			defer C.free(copied)
			values = copied
		} else {
			pin(values)
		}
		given[i] = C.lifestage_column{
			slot: C.uint32_t(column.Slot), kind: C.uint32_t(column.Kind), values: values, bit: C.uint32_t(column.Bit),
			present_bit: C.uint32_t(column.Present.Bit), present: pinBytes(column.Present.Column),
		}
	}
	batch := C.lifestage_batch{
		struct_size: C.uint32_t(unsafe.Sizeof(C.lifestage_batch{})), flags: C.uint32_t(flags), rows: C.size_t(rows),
		stages: pin(stages.First), stages_width: C.uint32_t(stages.Width),
		moves: pin(moves.First), moves_width: C.uint32_t(moves.Width),
		roles: pin(roles.First), roles_width: C.uint32_t(roles.Width),
		owners: pinBytes(owners.Column), owners_bit: C.uint32_t(owners.Bit),
		facts:      (*C.lifestage_column)(pin(unsafe.Pointer(unsafe.SliceData(given)))),
		fact_count: C.size_t(len(given)),
	}
	var failed *C.lifestage_error
	status := C.lifestage_pipeline_decide_batch(p.c, &batch, codes, C.uint32_t(width), &failed)
	return fault(status, failed)
}

func uneven(name string, has, rows int) *Fault {
	message := fmt.Sprintf("%s: %d rows, where the batch has %d", name, has, rows)
	return &Fault{Code: C.LIFESTAGE_STATUS_INVALID_BATCH, Name: "invalid_batch", Message: message}
}

// copyTexts lays texts out in memory of C: pinning each of them would cost more.
func copyTexts(texts []string) unsafe.Pointer {
	size := len(texts) * int(unsafe.Sizeof(text{}))
	total := size
	for _, one := range texts {
		total += len(one)
	}
	block := C.malloc(C.size_t(max(total, 1)))
	heads := unsafe.Slice((*text)(block), len(texts))
	bytes := unsafe.Slice((*byte)(block), total)
	at := size
	for i, one := range texts {
		heads[i] = text{data: unsafe.Add(block, at), length: C.size_t(len(one))}
		at += copy(bytes[at:], one)
	}
	return block
}
