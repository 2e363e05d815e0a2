package pictures

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"testing"

	"nextcore.example/api/internal/config"
)

func picture(width, height int) image.Image {
	made := image.NewNRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			made.Set(x, y, color.NRGBA{uint8(x), uint8(y), uint8(x + y), 255})
		}
	}
	return made
}

func asPNG(t *testing.T, p image.Image) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := png.Encode(&out, p); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// lyingOnItsSide is a JPEG whose EXIF says: turn by 90 degrees.
func lyingOnItsSide(t *testing.T, width, height int) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := jpeg.Encode(&out, picture(width, height), nil); err != nil {
		t.Fatal(err)
	}
	tiff := []byte("MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00\x00\x00\x00\x00")
	segment := append([]byte("Exif\x00\x00"), tiff...)
	head := []byte{0xFF, 0xD8, 0xFF, 0xE1}
	head = binary.BigEndian.AppendUint16(head, uint16(len(segment)+2))
	return append(append(head, segment...), out.Bytes()[2:]...)
}

func TestEveryWidthThatIsNotWiderThanTheOriginal(t *testing.T) {
	maker := New(config.Pictures{Widths: []int{40, 80, 400, 800}, Formats: []string{"webp"}, MaxPixels: 1 << 20})
	made, err := maker.Make(context.Background(), asPNG(t, picture(120, 60)))
	if err != nil {
		t.Fatal(err)
	}
	var widths []int
	for _, v := range made.Variants {
		widths = append(widths, v.Width)
		decoded, format, err := image.Decode(bytes.NewReader(v.Data))
		if err != nil || format != "webp" {
			t.Fatal(format, err)
		}
		if size := decoded.Bounds().Size(); size.X != v.Width || size.Y != v.Height || v.Height != v.Width/2 {
			t.Errorf("%v is not %d x %d", size, v.Width, v.Height)
		}
	}
	if len(widths) != 3 || widths[0] != 40 || widths[1] != 80 || widths[2] != 120 {
		t.Error(widths)
	}
}

func TestAPhotoIsTurnedUprightAndLosesItsMetadata(t *testing.T) {
	maker := New(config.Pictures{Widths: []int{30}, Formats: []string{"webp"}, MaxPixels: 1 << 20})
	original := lyingOnItsSide(t, 120, 60)
	made, err := maker.Make(context.Background(), original)
	if err != nil {
		t.Fatal(err)
	}
	if made.Width != 60 || made.Height != 120 || made.Variants[0].Height != 60 {
		t.Errorf("%d x %d, %d high", made.Width, made.Height, made.Variants[0].Height)
	}
	if !bytes.Contains(original, []byte("Exif")) || bytes.Contains(bytes.ToLower(made.Variants[0].Data), []byte("exif")) {
		t.Error("metadata was carried over")
	}
}

func TestAVIF(t *testing.T) {
	maker := New(config.Pictures{Widths: []int{64}, Formats: []string{"avif"}, MaxPixels: 1 << 20})
	made, err := maker.Make(context.Background(), asPNG(t, picture(64, 64)))
	if err != nil {
		t.Fatal(err)
	}
	if data := made.Variants[0].Data; string(data[4:12]) != "ftypavif" {
		t.Errorf("%q", data[:16])
	}
}

func TestWhatIsNoImageOrTooLargeIsRefusedBeforeItIsDecoded(t *testing.T) {
	maker := New(config.Pictures{Widths: []int{64}, Formats: []string{"webp"}, MaxPixels: 1000})
	if _, err := maker.Make(context.Background(), []byte("<svg/>")); !errors.Is(err, ErrNotAnImage) {
		t.Error(err)
	}
	bomb := asPNG(t, picture(1, 1))
	binary.BigEndian.PutUint32(bomb[16:], 100_000) // the header's width and height
	binary.BigEndian.PutUint32(bomb[20:], 100_000)
	if _, err := maker.Make(context.Background(), bomb); !errors.Is(err, ErrNotAnImage) { // its check sum is wrong now
		t.Error(err)
	}
	if _, err := maker.Make(context.Background(), asPNG(t, picture(100, 100))); !errors.Is(err, ErrTooLarge) {
		t.Error(err)
	}
	cut := asPNG(t, picture(30, 30))
	if _, err := maker.Make(context.Background(), cut[:len(cut)/2]); !errors.Is(err, ErrNotAnImage) {
		t.Error(err)
	}
}
