module github.com/lifestage/lifestage/bindings/go

go 1.24
