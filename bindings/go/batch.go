package lifestage

import (
	"runtime"
	"unsafe"

	"github.com/lifestage/lifestage/bindings/go/internal/ffi"
)

// Batch is requests as columns, one value of each for every row. Columns are read where they are, but for texts, which
// are copied.
type Batch struct {
	// Stages are the positions of the records' stages; the greatest number of the type is no stage.
	Stages Numbers
	// Moves are the positions of the moves.
	Moves Numbers
	// Roles are the bits of the roles of the actors.
	Roles Numbers
	// Owners says who owns the record; nobody when it is left out.
	Owners Bits
	// ForwardOnly says that the actors are automations that may not move backward.
	ForwardOnly bool
	Facts       []Column
}

// Numbers is a column of positions or of bits of roles.
type Numbers struct{ column ffi.Numbers }

// NumbersOf takes a slice as it is.
func NumbersOf[T ~uint8 | ~uint16 | ~uint32 | ~uint64](values []T) Numbers {
	var one T
	return Numbers{ffi.Numbers{
		First: unsafe.Pointer(unsafe.SliceData(values)), Width: uint32(unsafe.Sizeof(one)), Rows: len(values),
	}}
}

// Bits is one bit, from 0 to 7, of each byte of a column.
type Bits struct {
	Column []byte
	Bit    uint8
}

// Column is the values of one slot.
type Column struct{ column ffi.Column }

func columnOf[T any](slot SlotIx, kind uint32, values []T) Column {
	return Column{ffi.Column{
		Slot: uint32(slot), Kind: kind, Values: unsafe.Pointer(unsafe.SliceData(values)), Rows: len(values),
	}}
}

// IntColumn is whole numbers.
func IntColumn(slot SlotIx, values []int64) Column { return columnOf(slot, columnInt, values) }

// NaturalColumn is whole numbers that are never negative.
func NaturalColumn(slot SlotIx, values []uint32) Column { return columnOf(slot, columnNatural, values) }

// DoubleColumn is numbers with a fraction.
func DoubleColumn(slot SlotIx, values []float64) Column { return columnOf(slot, columnDouble, values) }

// SymbolColumn is texts by their numbers, from [Pipeline.Symbol].
func SymbolColumn(slot SlotIx, values []Symbol) Column { return columnOf(slot, columnSymbol, values) }

// MicrosColumn is timestamps or durations in microseconds.
func MicrosColumn(slot SlotIx, values []int64) Column { return columnOf(slot, columnMicros, values) }

// BoolColumn is one bit of each byte.
func BoolColumn(slot SlotIx, values Bits) Column {
	column := columnOf(slot, columnBool, values.Column)
	column.column.Bit = values.Bit
	return column
}

// TextColumn is texts.
func TextColumn(slot SlotIx, values []string) Column {
	return Column{ffi.Column{Slot: uint32(slot), Kind: columnText, Texts: values, Rows: len(values)}}
}

// Present says which rows have a value.
func (c Column) Present(present Bits) Column {
	c.column.Present = ffi.Bits(present)
	return c
}

// DecideBatch judges many requests at once, and writes a verdict for each to verdicts. Nothing is written when it fails,
// with [ErrInvalidBatch] when the columns do not go together.
func (p *Pipeline) DecideBatch(batch *Batch, verdicts []Verdict) error {
	return p.batch(batch, unsafe.Pointer(unsafe.SliceData(verdicts)), 2, len(verdicts))
}

// DecideBatchNarrow writes the lower byte of each verdict, for pipelines of up to 250 stages.
func (p *Pipeline) DecideBatchNarrow(batch *Batch, verdicts []uint8) error {
	return p.batch(batch, unsafe.Pointer(unsafe.SliceData(verdicts)), 1, len(verdicts))
}

func (p *Pipeline) batch(batch *Batch, codes unsafe.Pointer, width uint32, rows int) error {
	held := p.held.Load()
	if held == nil {
		return errClosed("the pipeline")
	}
	columns := make([]ffi.Column, len(batch.Facts))
	for i, column := range batch.Facts {
		columns[i] = column.column
	}
	flags := Who{ForwardOnly: batch.ForwardOnly}.flags()
	fault := held.c.DecideBatch(batch.Stages.column, batch.Moves.column, batch.Roles.column, columns,
		ffi.Bits(batch.Owners), flags, codes, width, rows)
	runtime.KeepAlive(held)
	return failed(fault)
}
