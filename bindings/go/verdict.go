package lifestage

import (
	"math"
	"runtime"
	"strconv"
	"time"

	"github.com/lifestage/lifestage/bindings/go/internal/ffi"
)

// StageIx is the position of a stage in its pipeline, from 0.
type StageIx uint32

// MoveIx is the position of a listed move in its pipeline, from 0.
type MoveIx uint32

// SlotIx is the place of a fact among those that conditions use.
type SlotIx uint32

// RoleSet is roles with all that they inherit from, as bits.
type RoleSet uint64

// Who is who asks, as far as a verdict needs it.
type Who struct {
	Roles RoleSet
	// Owner says that the actor owns the record.
	Owner bool
	// ForwardOnly says that the actor is an automation that may not move backward.
	ForwardOnly bool
}

func (w Who) flags() (flags uint32) {
	if w.Owner {
		flags |= whoOwner
	}
	if w.ForwardOnly {
		flags |= whoForwardOnly
	}
	return flags
}

// Verdict is the position of the stage that a move leads to, or why it does not.
type Verdict uint16

// Stage is the stage that the move leads to.
func (v Verdict) Stage() (StageIx, bool) { return StageIx(v), v < NeedsApproval }

// String is the verdict in a word.
func (v Verdict) String() string {
	switch v {
	case NotFromStage:
		return "not_from_stage"
	case Denied:
		return "denied"
	case Unmet:
		return "unmet"
	case MissingInput:
		return "missing_input"
	case NeedsApproval:
		return "needs_approval"
	default:
		return "stage " + strconv.Itoa(int(v))
	}
}

// Fact is the value of one slot. The zero Fact is no value.
type Fact struct {
	kind   uint32
	number int64
	text   string
}

// Bool is a fact that is true or false.
func Bool(value bool) Fact {
	fact := Fact{kind: factBool}
	if value {
		fact.number = 1
	}
	return fact
}

// Int is a fact that is a whole number.
func Int(value int64) Fact { return Fact{kind: factInt, number: value} }

// Double is a fact that is a number with a fraction.
func Double(value float64) Fact {
	return Fact{kind: factDouble, number: int64(math.Float64bits(value))}
}

// Text is a fact that is a text.
func Text(value string) Fact { return Fact{kind: factText, text: value} }

// SymbolFact is a fact that is a text by its number, from [Pipeline.Symbol].
func SymbolFact(symbol Symbol) Fact { return Fact{kind: factSymbol, number: int64(symbol)} }

// Timestamp is a fact that is an instant.
func Timestamp(at time.Time) Fact { return Fact{kind: factTimestamp, number: at.UnixMicro()} }

// Duration is a fact that is a length of time.
func Duration(span time.Duration) Fact {
	return Fact{kind: factDuration, number: span.Microseconds()}
}

// Symbol is the number of a text that conditions compare a slot with; 0 is every text that none names.
type Symbol uint8

// Verdict judges one listed move by positions. Facts are the values of the slots in their order; what is left out at the
// end is missing. No allocation, for up to 64 facts with texts of 1024 bytes in all.
func (p *Pipeline) Verdict(stage StageIx, move MoveIx, who Who, facts []Fact) (Verdict, error) {
	held := p.held.Load()
	if held == nil {
		return 0, errClosed("the pipeline")
	}
	var told int64
	// The room for facts is set to zero each time: so there is little of it for those who need little.
	if len(facts) <= 8 && sizeOf(facts) <= 96 {
		var given [8]ffi.Fact
		var room [96]byte
		texts := lay(facts, given[:], room[:0])
		told = held.c.Verdict(uint32(stage), uint32(move), uint64(who.Roles), who.flags(), given[:len(facts)], texts)
	} else {
		told = held.verdict(stage, move, who, facts)
	}
	runtime.KeepAlive(held)
	return verdict(told)
}

// verdict is for more facts and longer texts.
//
//go:noinline
func (h *heldPipeline) verdict(stage StageIx, move MoveIx, who Who, facts []Fact) int64 {
	if len(facts) > 64 || sizeOf(facts) > 1024 {
		given, texts := spread(facts)
		return h.c.Verdict(uint32(stage), uint32(move), uint64(who.Roles), who.flags(), given, texts)
	}
	var given [64]ffi.Fact
	var room [1024]byte
	texts := lay(facts, given[:], room[:0])
	return h.c.Verdict(uint32(stage), uint32(move), uint64(who.Roles), who.flags(), given[:len(facts)], texts)
}

// sizeOf is how long the texts are.
func sizeOf(facts []Fact) (size int) {
	for i := range facts {
		size += len(facts[i].text)
	}
	return size
}

// lay lays facts out, and their texts one after the other, where there is room for them.
func lay(facts []Fact, given []ffi.Fact, texts []byte) []byte {
	given = given[:len(facts)]
	for i := range facts {
		fact := &facts[i]
		if fact.kind != factText {
			given[i] = ffi.Fact{Kind: fact.kind, Number: fact.number}
			continue
		}
		given[i] = ffi.Fact{Kind: factText, Length: uint32(len(fact.text)), Number: int64(len(texts))}
		texts = append(texts, fact.text...)
	}
	return texts
}

// spread lays out as many facts as there are.
func spread(facts []Fact) ([]ffi.Fact, []byte) {
	given := make([]ffi.Fact, len(facts))
	return given, lay(facts, given, make([]byte, 0, sizeOf(facts)))
}

func verdict(told int64) (Verdict, error) {
	if told < 0 {
		return 0, status(told)
	}
	return Verdict(told), nil
}

func status(told int64) error {
	code := Code(-told)
	return newError(code, "the call failed: "+code.Error())
}

// Words are facts in the form that is judged quickest: one word for each slot.
type Words struct {
	words          []uint64
	known, present uint64
}

// Words makes words of facts. The error is [ErrInvalidArgument] for a text, which has none: give it as a [Symbol]. A value of
// another type than its slot has is one that conditions cannot judge. It is for the first 64 slots.
func (p *Pipeline) Words(facts []Fact) (*Words, error) {
	if len(facts) > 64 {
		return nil, newError(ErrInvalidArgument, "there are words for 64 slots only")
	}
	words := &Words{words: make([]uint64, len(facts))}
	for i, fact := range facts {
		if fact.kind == factMissing {
			continue
		}
		word, has := uint64(0), false
		if fact.kind != factText {
			word, has = ffi.FactWord(ffi.Fact{Kind: fact.kind, Number: fact.number})
		}
		if !has {
			return nil, newError(ErrInvalidArgument, "the fact of slot "+strconv.Itoa(i)+" has no word")
		}
		kind, err := resolve(p, func(c ffi.Pipeline) (uint32, *ffi.Fault) { return c.SlotKind(uint32(i)) })
		if err != nil {
			return nil, err
		}
		words.present |= 1 << i
		if fact.kind == kind || fact.kind == factSymbol && kind == factText {
			words.words[i] = word
			words.known |= 1 << i
		}
	}
	return words, nil
}

// VerdictByWords judges one listed move over words. The error is [ErrInvalidArgument] when a condition of the move needs
// more than words can say, such as the text itself.
func (p *Pipeline) VerdictByWords(stage StageIx, move MoveIx, who Who, words *Words) (Verdict, error) {
	held := p.held.Load()
	if held == nil {
		return 0, errClosed("the pipeline")
	}
	told := held.c.VerdictByWords(
		uint32(stage), uint32(move), uint64(who.Roles), who.flags(), words.words, words.known, words.present)
	runtime.KeepAlive(held)
	return verdict(told)
}

// OpenMoves appends the listed moves that are open from a stage to moves, in the order of the definition. Conditions on
// input are not held against them.
func (p *Pipeline) OpenMoves(stage StageIx, who Who, facts []Fact, moves []MoveIx) ([]MoveIx, error) {
	held := p.held.Load()
	if held == nil {
		return moves, errClosed("the pipeline")
	}
	given, texts := spread(facts)
	var atHand [64]uint32
	found := atHand[:]
	open := held.c.OpenMoves(uint32(stage), uint64(who.Roles), who.flags(), given, texts, found)
	if open > int64(len(found)) {
		found = make([]uint32, open)
		open = held.c.OpenMoves(uint32(stage), uint64(who.Roles), who.flags(), given, texts, found)
	}
	runtime.KeepAlive(held)
	if open < 0 {
		return moves, status(open)
	}
	for _, position := range found[:open] {
		moves = append(moves, MoveIx(position))
	}
	return moves, nil
}

// resolve asks the pipeline for a position or a name.
func resolve[T any](p *Pipeline, ask func(ffi.Pipeline) (T, *ffi.Fault)) (T, error) {
	held := p.held.Load()
	if held == nil {
		var none T
		return none, errClosed("the pipeline")
	}
	found, fault := ask(held.c)
	runtime.KeepAlive(held)
	return found, failed(fault)
}

// ID is the id of the pipeline.
func (p *Pipeline) ID() (string, error) { return resolve(p, ffi.Pipeline.ID) }

// StageIx is the position of a stage.
func (p *Pipeline) StageIx(id string) (StageIx, error) {
	found, err := resolve(p, func(c ffi.Pipeline) (uint32, *ffi.Fault) { return c.StageIndex(id) })
	return StageIx(found), err
}

// MoveIx is the position of a listed move.
func (p *Pipeline) MoveIx(id string) (MoveIx, error) {
	found, err := resolve(p, func(c ffi.Pipeline) (uint32, *ffi.Fault) { return c.MoveIndex(id) })
	return MoveIx(found), err
}

// SlotIx is the slot of a name that conditions may use: a field, or input. and an input.
func (p *Pipeline) SlotIx(name string) (SlotIx, error) {
	found, err := resolve(p, func(c ffi.Pipeline) (uint32, *ffi.Fault) { return c.SlotIndex(name) })
	return SlotIx(found), err
}

// Symbol is the number of a text that conditions compare a slot with.
func (p *Pipeline) Symbol(slot SlotIx, value string) (Symbol, error) {
	found, err := resolve(p, func(c ffi.Pipeline) (uint32, *ffi.Fault) { return c.Symbol(uint32(slot), value) })
	return Symbol(found), err
}

// Roles are the bits of roles. Those that the definition does not have are nothing.
func (p *Pipeline) Roles(roles ...string) (RoleSet, error) {
	found, err := resolve(p, func(c ffi.Pipeline) (uint64, *ffi.Fault) { return c.Roles(roles) })
	return RoleSet(found), err
}

// StageID is the id of the stage at a position.
func (p *Pipeline) StageID(stage StageIx) (string, error) {
	return resolve(p, func(c ffi.Pipeline) (string, *ffi.Fault) { return c.StageID(uint32(stage)) })
}

// MoveID is the id of the move at a position.
func (p *Pipeline) MoveID(move MoveIx) (string, error) {
	return resolve(p, func(c ffi.Pipeline) (string, *ffi.Fault) { return c.MoveID(uint32(move)) })
}

// Size says how many stages, listed moves and slots there are.
func (p *Pipeline) Size() (stages, moves, slots int, err error) {
	sizes, err := resolve(p, func(c ffi.Pipeline) ([3]uint32, *ffi.Fault) {
		stages, moves, slots := c.Counts()
		return [3]uint32{stages, moves, slots}, nil
	})
	return int(sizes[0]), int(sizes[1]), int(sizes[2]), err
}
