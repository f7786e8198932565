package ffi

// #include "shim.h"
//
// /* Saying nocallback costs two calls, and is needed only where room on the stack is given. */
//
// #cgo noescape lifestage_go_verdict
// #cgo nocallback lifestage_go_verdict
// #cgo noescape lifestage_go_verdict_by_words
// #cgo noescape lifestage_go_open_moves
// #cgo nocallback lifestage_go_open_moves
// #cgo noescape lifestage_go_fact_word
// #cgo nocallback lifestage_go_fact_word
import "C"

import (
	"runtime"
	"unsafe"
)

// Fact is a lifestage_go_fact: a text is Length bytes at Number of the texts that go along.
type Fact struct {
	Kind   uint32
	Length uint32
	Number int64
}

// The layout is that of C.
var (
	_ [unsafe.Sizeof(C.lifestage_go_fact{}) - unsafe.Sizeof(Fact{})]struct{}
	_ [unsafe.Sizeof(Fact{}) - unsafe.Sizeof(C.lifestage_go_fact{})]struct{}
)

// number is the handle as a number: it is memory of C, which Go need not look into.
func (p Pipeline) number() C.uintptr_t { return C.uintptr_t(uintptr(unsafe.Pointer(p.c))) }

// Verdict is a code, or a status negated.
func (p Pipeline) Verdict(stage, move uint32, roles uint64, flags uint32, facts []Fact, texts []byte) int64 {
	// As variables, pointers to what has none in it are not looked into.
	first, bytes := (*C.lifestage_go_fact)(unsafe.Pointer(unsafe.SliceData(facts))), bytesAt(texts)
	return int64(C.lifestage_go_verdict(p.number(), C.uint32_t(stage), C.uint32_t(move), C.uint64_t(roles), C.uint32_t(flags),
		first, C.size_t(len(facts)), bytes))
}

// VerdictByWords is a code, or a status negated.
func (p Pipeline) VerdictByWords(
	stage, move uint32, roles uint64, flags uint32, words []uint64, known, present uint64,
) int64 {
	first := (*C.uint64_t)(unsafe.Pointer(unsafe.SliceData(words)))
	return int64(C.lifestage_go_verdict_by_words(p.number(), C.uint32_t(stage), C.uint32_t(move), C.uint64_t(roles),
		C.uint32_t(flags), first, C.size_t(len(words)), C.uint64_t(known), C.uint64_t(present)))
}

// OpenMoves writes positions to moves, and says how many there are, or a status negated.
func (p Pipeline) OpenMoves(stage uint32, roles uint64, flags uint32, facts []Fact, texts []byte, moves []uint32) int64 {
	return int64(C.lifestage_go_open_moves(p.c, C.uint32_t(stage), C.uint64_t(roles), C.uint32_t(flags),
		(*C.lifestage_go_fact)(unsafe.Pointer(unsafe.SliceData(facts))), C.size_t(len(facts)), bytesAt(texts),
		(*C.uint32_t)(unsafe.Pointer(unsafe.SliceData(moves))), C.size_t(len(moves))))
}

// FactWord is the word of a fact; false when it has none.
func FactWord(fact Fact) (uint64, bool) {
	var word C.uint64_t
	status := C.lifestage_go_fact_word((*C.lifestage_go_fact)(unsafe.Pointer(&fact)), &word)
	return uint64(word), status == C.LIFESTAGE_STATUS_OK
}

// Counts says how many stages, listed moves and slots there are.
func (p Pipeline) Counts() (stages, moves, slots uint32) {
	return uint32(C.lifestage_pipeline_stage_count(p.c)), uint32(C.lifestage_pipeline_move_count(p.c)),
		uint32(C.lifestage_pipeline_slot_count(p.c))
}

// StageIndex is the position of a stage.
func (p Pipeline) StageIndex(id string) (uint32, *Fault) {
	var index C.uint32_t
	var failed *C.lifestage_error
	status := C.lifestage_pipeline_stage_index(p.c, textAt(id), C.size_t(len(id)), &index, &failed)
	return uint32(index), fault(status, failed)
}

// MoveIndex is the position of a listed move.
func (p Pipeline) MoveIndex(id string) (uint32, *Fault) {
	var index C.uint32_t
	var failed *C.lifestage_error
	status := C.lifestage_pipeline_move_index(p.c, textAt(id), C.size_t(len(id)), &index, &failed)
	return uint32(index), fault(status, failed)
}

// SlotIndex is the slot of a name.
func (p Pipeline) SlotIndex(name string) (uint32, *Fault) {
	var index C.uint32_t
	var failed *C.lifestage_error
	status := C.lifestage_pipeline_slot_index(p.c, textAt(name), C.size_t(len(name)), &index, &failed)
	return uint32(index), fault(status, failed)
}

// SlotKind is the kind of fact that a slot takes.
func (p Pipeline) SlotKind(slot uint32) (uint32, *Fault) {
	var kind C.uint32_t
	var failed *C.lifestage_error
	status := C.lifestage_pipeline_slot_kind(p.c, C.uint32_t(slot), &kind, &failed)
	return uint32(kind), fault(status, failed)
}

// Symbol is the number of a text in a slot.
func (p Pipeline) Symbol(slot uint32, value string) (uint32, *Fault) {
	var symbol C.uint32_t
	var failed *C.lifestage_error
	status := C.lifestage_pipeline_symbol(
		p.c, C.uint32_t(slot), textAt(value), C.size_t(len(value)), &symbol, &failed)
	return uint32(symbol), fault(status, failed)
}

// Roles are the bits of roles with all that they inherit from.
func (p Pipeline) Roles(roles []string) (uint64, *Fault) {
	var pinner runtime.Pinner
	defer pinner.Unpin()
	texts := make([]*C.uint8_t, len(roles))
	lengths := make([]C.size_t, len(roles))
	for i, role := range roles {
		if role != "" {
			pinner.Pin(unsafe.StringData(role))
			texts[i], lengths[i] = textAt(role), C.size_t(len(role))
		}
	}
	var bits C.uint64_t
	var failed *C.lifestage_error
	status := C.lifestage_pipeline_roles(p.c, unsafe.SliceData(texts), unsafe.SliceData(lengths),
		C.size_t(len(roles)), &bits, &failed)
	return uint64(bits), fault(status, failed)
}

// StageID is the id of the stage at a position.
func (p Pipeline) StageID(index uint32) (string, *Fault) {
	var id *C.uint8_t
	var length C.size_t
	var failed *C.lifestage_error
	status := C.lifestage_pipeline_stage_id(p.c, C.uint32_t(index), &id, &length, &failed)
	if status != C.LIFESTAGE_STATUS_OK {
		return "", fault(status, failed)
	}
	return string(view(id, length)), nil
}

// MoveID is the id of the move at a position.
func (p Pipeline) MoveID(index uint32) (string, *Fault) {
	var id *C.uint8_t
	var length C.size_t
	var failed *C.lifestage_error
	status := C.lifestage_pipeline_move_id(p.c, C.uint32_t(index), &id, &length, &failed)
	if status != C.LIFESTAGE_STATUS_OK {
		return "", fault(status, failed)
	}
	return string(view(id, length)), nil
}

// ID is the id of the pipeline.
func (p Pipeline) ID() (string, *Fault) {
	var id *C.uint8_t
	var length C.size_t
	var failed *C.lifestage_error
	status := C.lifestage_pipeline_id(p.c, &id, &length, &failed)
	if status != C.LIFESTAGE_STATUS_OK {
		return "", fault(status, failed)
	}
	return string(view(id, length)), nil
}
