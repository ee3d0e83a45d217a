// Packing for the convolutions. The input becomes [slice][row][channel][phase][pitch] with the padding filled in,
// phase = column mod stride: every tap of a window is then a plain vector load, whatever the stride, dilation,
// padding mode or rank. Weights become panels of 4 (or 1) output channels.
import { SweepParams } from "./conv-params";
import { evens } from "./inline/window";

/** Packs items begin..end of the image at `input` into `out`: rows, counted through all slices, and in a row channels. */
export function convpack_f32(out: usize, input: usize, params: usize, work: usize, begin: i32, end: i32): void {
  const p = changetype<SweepParams>(params);
  const pitchBytes = <usize>p.pitch << 2;
  const channelBytes = pitchBytes * p.phases;
  for (let item = begin; item < end; ) {
    const row = item / p.channels;
    const channel = item - row * p.channels;
    const channels = min(p.channels - channel, end - item);
    const slice = row / p.packedRows;
    const z = load<i32>(p.sliceTable + (<usize>slice << 2));
    const y = load<i32>(p.rowTable + (<usize>(row - slice * p.packedRows) << 2));
    let target = out + <usize>item * channelBytes;
    item += channels;
    if ((z | y) < 0) {
      memory.fill(target, 0, <usize>channels * channelBytes);
      continue;
    }
    const source =
      input + <usize>z * p.sourceSliceBytes + <usize>y * p.sourceRowBytes + <usize>channel * p.sourceChannelBytes;
    for (let phase = 0; phase < p.phases; ++phase) {
      packPhase(p, target, source, phase, channels);
      target += pitchBytes;
    }
  }
}

/** One phase of a row of some channels: the border through the table, the interior straight from the source. */
function packPhase(p: SweepParams, target: usize, source: usize, phase: i32, channels: i32): void {
  const pitch = p.pitch;
  const table = p.columnTable + (<usize>(phase * p.tableColumns + p.columnOrigin) << 2);
  const interior = p.interiorTable + (<usize>phase << 3);
  const first = min(max(load<i32>(interior) - p.columnOrigin, 0), pitch);
  const last = min(max(load<i32>(interior, 4) - p.columnOrigin, first), pitch);
  const count = last - first;
  const from = count > 0 ? <usize>load<i32>(table + (<usize>first << 2)) << 2 : 0;
  const to = <usize>first << 2;
  const stride = p.columnStride;
  const sourceStep = p.sourceChannelBytes;
  const targetStep = <usize>(pitch * p.phases) << 2;
  do {
    gather(target, source, table, 0, first);
    if (stride == 1) copyContiguous(target + to, source + from, count);
    else if (stride == 2) copyEverySecond(target + to, source + from, count);
    else copyStrided(target + to, source + from, count, <usize>stride << 2);
    gather(target, source, table, last, pitch);
    target += targetStep;
    source += sourceStep;
  } while (--channels);
}

// @ts-ignore: decorator
@inline
function gather(target: usize, source: usize, table: usize, begin: i32, end: i32): void {
  const last = table + (<usize>end << 2);
  let to = target + (<usize>begin << 2);
  for (let at = table + (<usize>begin << 2); at < last; at += 4) {
    const index = load<i32>(at);
    let value: f32 = 0;
    if (index >= 0) value = load<f32>(source + (<usize>index << 2));
    store<f32>(to, value);
    to += 4;
  }
}

// Vectors that would reach beyond the last column are moved back to end with it.

// @ts-ignore: decorator
@inline
function copyContiguous(target: usize, source: usize, count: i32): void {
  if (count < 4) return copyStrided(target, source, count, 4);
  const last = target + (<usize>count << 2) - 16;
  const lastSource = source + (<usize>count << 2) - 16;
  for (; target < last; target += 16) {
    v128.store(target, v128.load(source));
    source += 16;
  }
  v128.store(last, v128.load(lastSource));
}

// @ts-ignore: decorator
@inline
function copyEverySecond(target: usize, source: usize, count: i32): void {
  if (count < 4) return copyStrided(target, source, count, 8);
  const last = target + (<usize>count << 2) - 16;
  const lastSource = source + (<usize>count << 3) - 32;
  for (; target < last; target += 16) {
    v128.store(target, evens(v128.load(source), v128.load(source, 16)));
    source += 32;
  }
  v128.store(last, evens(v128.load(lastSource), v128.load(lastSource, 16)));
}

function copyStrided(target: usize, source: usize, count: i32, step: usize): void {
  for (let i = 0; i < count; ++i) {
    store<f32>(target, load<f32>(source));
    source += step;
    target += 4;
  }
}

/** Where the weights of a correlation lie; written by the host (`PanelWord` in src/kernels/conv-panels.ts). */
@unmanaged
class PanelParams {
  /** Output channels of one group, and how many of them make a panel. */
  channels: i32;
  lanes: i32;
  blocks: i32;
  /** Channels summed over, innermost, and taps, outermost. */
  summed: i32;
  taps: i32;
  /** Byte offset of every tap (u32). */
  tapOffsets: usize;
  groupBytes: usize;
  channelBytes: usize;
  summedBytes: usize;
  panelBytes: usize;
  /** Address of the bias, 0 where there is none. */
  bias: usize;
}

/** Packs the panels begin..end, counted through all groups; missing channels of a last panel are zero. */
export function convpanels_f32(out: usize, input: usize, params: usize, work: usize, begin: i32, end: i32): void {
  const p = changetype<PanelParams>(params);
  for (let item = begin; item < end; ++item) {
    const group = item / p.blocks;
    const panel = out + <usize>item * p.panelBytes;
    for (let lane = 0; lane < p.lanes; ++lane) {
      const channel = (item - group * p.blocks) * p.lanes + lane;
      const target = panel + (<usize>lane << 2);
      const source = input + <usize>group * p.groupBytes + <usize>channel * p.channelBytes;
      if (channel < p.channels) {
        let bias: f32 = 0;
        if (p.bias != 0) bias = load<f32>(p.bias + (<usize>(group * p.channels + channel) << 2));
        store<f32>(target, bias);
        packLane(p, target, source);
      } else {
        clearLane(p, target);
      }
    }
  }
}

function packLane(p: PanelParams, target: usize, source: usize): void {
  const step = <usize>p.lanes << 2;
  for (let tap = 0; tap < p.taps; ++tap) {
    let from = source + load<u32>(p.tapOffsets + (<usize>tap << 2));
    for (let i = 0; i < p.summed; ++i) {
      target += step;
      store<f32>(target, load<f32>(from));
      from += p.summedBytes;
    }
  }
}

function clearLane(p: PanelParams, target: usize): void {
  const step = <usize>p.lanes << 2;
  const terms = p.taps * p.summed;
  for (let i = 0; i <= terms; ++i) {
    store<f32>(target, 0);
    target += step;
  }
}
