#!/usr/bin/env bash
# Makes the spoken recordings again from their scripts. Needs Debian's festival, festvox-ru, flite, sox and ffmpeg, and
# Python with numpy; the service itself needs none of these programs.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
build=$(mktemp -d)
trap 'rm -r "$build"' EXIT

# There is one Russian voice: the other speakers are made from it by pitch and tempo.
declare -A effects=([ru]="" [ru_mid]="pitch -120 tempo 1.03" [ru_low]="pitch -330 tempo 1.06" [slt]="" [rms]="")
telephone="rate 8000 highpass 250 lowpass 3500"
trimmed="silence 1 0.02 0.3% reverse silence 1 0.02 0.3% reverse"

python3 "$here/layout.py" texts "$build"
for text in "$build"/*.txt; do
    voice=${text%.txt} && voice=${voice##*.}
    case $voice in
        ru*) text2wave -eval '(voice_msu_ru_nsh_clunits)' "$text" -o "$build/raw" ;;
        *) flite -voice "$voice" -f "$text" -o "$build/raw" ;;
    esac
    # Each list of effects is meant to fall apart into words.
    # shellcheck disable=SC2086
    sox -D -G -t wav "$build/raw" "${text%.txt}.wav" ${effects[$voice]} $telephone $trimmed
done

mkdir "$build/mixed"
python3 "$here/layout.py" mix "$build"
for mixed in "$build"/mixed/*.wav; do
    ffmpeg -v error -y -i "$mixed" -c:a libopus -b:a 24k -application voip -fflags +bitexact \
        "$here/$(basename "$mixed" .wav).ogg"
done
