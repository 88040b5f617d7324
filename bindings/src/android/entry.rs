//! The entry points, and the safe functions behind them.

use std::cell::RefCell;

use jni::objects::{JByteBuffer, JClass};
use jni::sys::{JNI_VERSION_1_6, JavaVM, jboolean, jint, jlong};
use jni::{Env, EnvUnowned, Outcome};
use mien_core::frame::Plane;

use super::layout::{HEADER, Writer};
use super::ready;
use crate::audio::{AudioLayout, SampleFormat};
use crate::error::{Result, fail};
use crate::frame::{PixelFormat, Planes, YuvRange};
use crate::handles;

/// The result is in the buffer.
pub const WRITTEN: i32 = 0;
/// The result is longer than the buffer. Only the header was written; its length is the size that is needed.
/// [`again`] writes the result into a larger buffer.
pub const TOO_SHORT: i32 = 1;
/// The result buffer is null, on the Java heap, or too short for a header; nothing was written.
pub const NO_BUFFER: i32 = -1;
/// The call failed without a result.
pub const FAILED: i32 = -2;

thread_local! {
    /// The last result of this thread, so that a result that did not fit is not lost.
    static LAST: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// A plane as the caller describes it: a part of a buffer, in bytes.
#[derive(Debug, Clone, Copy, Default)]
pub struct PlaneArguments {
    /// Start of the plane in the buffer.
    pub offset: i32,
    /// Length of the plane.
    pub length: i32,
    /// Bytes from one row to the next.
    pub row_stride: i32,
    /// Bytes from one sample to the next.
    pub pixel_stride: i32,
}

/// The description of a frame without its planes.
#[derive(Debug, Clone, Copy)]
pub struct Request {
    /// The handle of the target.
    pub handle: i64,
    /// The index of the format in [`PixelFormat::ALL`].
    pub format: i32,
    /// Columns.
    pub width: i32,
    /// Rows.
    pub height: i32,
    /// Whether samples are in the video range.
    pub video_range: bool,
    /// Clockwise rotation: 0, 90, 180 or 270.
    pub rotation_degrees: i32,
    /// Whether the buffer, after the rotation, is the mirror image of the scene.
    pub flip: bool,
    /// Whether positions in results are mirrored left to right.
    pub mirror: bool,
    /// Microseconds from any origin, 0 and up; for streams only.
    pub timestamp_us: i64,
}

/// The description of a chunk of sound without its samples.
#[derive(Debug, Clone, Copy)]
pub struct Sound {
    /// Whether samples are floating-point numbers instead of 16-bit integers.
    pub float: bool,
    /// Samples per second and channel.
    pub rate_hz: i32,
    /// Number of interleaved channels.
    pub channels: i32,
    /// The time of the first sample, microseconds from any origin, 0 and up.
    pub timestamp_us: i64,
}

/// Hands a frame to a target and writes its answer into `out`. Returns [`WRITTEN`], [`TOO_SHORT`] or
/// [`NO_BUFFER`].
pub fn hand(request: &Request, planes: [(&[u8], PlaneArguments); 3], out: &mut [u8]) -> i32 {
    let answer = taken(request, planes);
    write(out, |writer| match &answer {
        Ok(answer) => writer.answer(answer),
        Err(error) => writer.error(error),
    })
}

fn taken(request: &Request, planes: [(&[u8], PlaneArguments); 3]) -> Result<handles::Answer> {
    let target = handles::target(request.handle as u64)?;
    let Some(&format) = usize::try_from(request.format).ok().and_then(|format| PixelFormat::ALL.get(format)) else {
        fail!(InvalidFrame, "there is no pixel format {}", request.format);
    };
    let timestamp_us = timestamp(request.timestamp_us)?;
    let [first, second, third] = planes;
    let planes = Planes {
        format,
        width: size(request.width)?,
        height: size(request.height)?,
        planes: [plane("first", first)?, plane("second", second)?, plane("third", third)?],
        range: if request.video_range { YuvRange::Video } else { YuvRange::Full },
        rotation_degrees: request.rotation_degrees,
        flip: request.flip,
        mirror: request.mirror,
    };
    target.hand(&planes.frame()?, timestamp_us)
}

fn timestamp(given: i64) -> Result<u64> {
    match u64::try_from(given) {
        Ok(timestamp_us) => Ok(timestamp_us),
        Err(_) => fail!(InvalidOption, "the timestamp is {given} microseconds; it must be 0 or more"),
    }
}

fn size(given: i32) -> Result<usize> {
    match usize::try_from(given) {
        Ok(size) => Ok(size),
        Err(_) => fail!(InvalidFrame, "the width or height of a frame cannot be {given}"),
    }
}

fn plane<'a>(name: &str, (buffer, arguments): (&'a [u8], PlaneArguments)) -> Result<Plane<'a>> {
    let PlaneArguments { offset, length, row_stride, pixel_stride } = arguments;
    let numbers = [offset, length, row_stride, pixel_stride].map(|number| usize::try_from(number).ok());
    let [Some(offset), Some(length), Some(row_stride), Some(pixel_stride)] = numbers else {
        fail!(InvalidFrame, "the {name} plane has a negative offset, length or stride");
    };
    match part(buffer, offset, length) {
        Some(data) => Ok(Plane::new(data, row_stride, pixel_stride)),
        None => fail!(
            InvalidFrame,
            "the {name} plane has {length} bytes at offset {offset}, but its buffer has only {}",
            buffer.len()
        ),
    }
}

/// Returns `length` bytes from `offset` on, both below 2^31; `None` if the buffer has fewer.
fn part(buffer: &[u8], offset: usize, length: usize) -> Option<&[u8]> {
    // The sum of two numbers below 2^31 fits `usize` on every device.
    buffer.get(offset..offset + length)
}

/// Hands sound to a target: the bytes from `offset` on, `length` of them. Writes nothing, or an error, into `out`.
pub fn hear(handle: i64, sound: &[u8], [offset, length]: [i32; 2], layout: &Sound, out: &mut [u8]) -> i32 {
    let heard = heard(handle, sound, [offset, length], layout);
    write(out, |writer| match &heard {
        Ok(()) => writer.nothing(),
        Err(error) => writer.error(error),
    })
}

fn heard(handle: i64, sound: &[u8], place: [i32; 2], layout: &Sound) -> Result<()> {
    let target = handles::target(handle as u64)?;
    let [Some(offset), Some(length)] = place.map(|number| usize::try_from(number).ok()) else {
        fail!(InvalidOption, "the part of a buffer of sound has a negative offset or length");
    };
    let Some(samples) = part(sound, offset, length) else {
        fail!(
            InvalidOption,
            "{length} bytes at offset {offset} are more than the {} of the buffer of sound",
            sound.len()
        );
    };
    let timestamp_us = timestamp(layout.timestamp_us)?;
    let [Ok(rate_hz), Ok(channels)] = [layout.rate_hz, layout.channels].map(u32::try_from) else {
        fail!(InvalidOption, "the sample rate or the number of channels is negative");
    };
    let samples_are = if layout.float { SampleFormat::F32 } else { SampleFormat::I16 };
    let layout = AudioLayout { samples: samples_are, rate_hz, channels };
    layout.lend(samples, timestamp_us, |chunk| target.hear(chunk))
}

/// Writes the oldest result of a live session, or that there is none after `timeout_ms` milliseconds.
pub fn receive(handle: i64, timeout_ms: i32, out: &mut [u8]) -> i32 {
    let timeout = u32::try_from(timeout_ms).unwrap_or(0);
    let result = handles::target(handle as u64).and_then(|target| target.receive(timeout));
    write(out, |writer| match &result {
        Ok(Some(result)) => writer.stream(result),
        Ok(None) => writer.nothing(),
        Err(error) => writer.error(error),
    })
}

/// Writes the last result of this thread again.
pub fn again(out: &mut [u8]) -> i32 {
    LAST.with_borrow(|last| copy(last, out))
}

fn write(out: &mut [u8], result: impl FnOnce(Writer<'_>)) -> i32 {
    LAST.with_borrow_mut(|last| {
        result(Writer::over(last));
        copy(last, out)
    })
}

fn copy(result: &[u8], out: &mut [u8]) -> i32 {
    if out.len() < HEADER || result.is_empty() {
        return NO_BUFFER;
    }
    if out.len() < result.len() {
        out[..HEADER].copy_from_slice(&result[..HEADER]);
        return TOO_SHORT;
    }
    out[..result.len()].copy_from_slice(result);
    WRITTEN
}

/// Returns the memory of a direct buffer: empty if there is no buffer, an error if it is not direct.
fn memory(env: &Env<'_>, buffer: &JByteBuffer<'_>) -> Result<(*mut u8, usize)> {
    if buffer.is_null() {
        return Ok((std::ptr::NonNull::dangling().as_ptr(), 0));
    }
    let address = env.get_direct_buffer_address(buffer);
    let capacity = env.get_direct_buffer_capacity(buffer);
    match (address, capacity) {
        (Ok(address), Ok(capacity)) => Ok((address, capacity)),
        _ => fail!(InvalidFrame, "a plane's buffer is not direct"),
    }
}

fn readable<'a>(env: &Env<'_>, buffer: &'a JByteBuffer<'_>) -> Result<&'a [u8]> {
    let (address, capacity) = memory(env, buffer)?;
    // SAFETY: the Java VM returned address and capacity of one allocation. Memory that the buffer owns lives as long
    // as the buffer object, which the caller holds during this call. Memory of another owner, which may be freed while
    // its buffers remain (the planes of a closed image), lasts for the call: `Frame.setImage` copies it, `CameraFeed`
    // closes its image after the call on the same thread, and the documentation of `Frame` requires it of other
    // callers. The documentation of `Frame` also forbids writing to its planes during a call. Without a buffer the
    // length is 0 and the pointer dangles.
    Ok(unsafe { std::slice::from_raw_parts(address, capacity) })
}

/// Calls `work` with the bytes of the result buffer.
fn with_result(env: &Env<'_>, out: &JByteBuffer<'_>, work: impl FnOnce(&mut [u8]) -> i32) -> i32 {
    let Ok((address, capacity)) = memory(env, out) else { return NO_BUFFER };
    if capacity < HEADER {
        return NO_BUFFER;
    }
    // SAFETY: as in `readable`. Only one thread uses a result buffer, and it is no plane of a frame: `ResultBuffer`
    // keeps one per thread and never hands it out.
    work(unsafe { std::slice::from_raw_parts_mut(address, capacity) })
}

/// Runs an entry point and turns panics and errors of JNI into [`FAILED`].
fn guarded(mut env: EnvUnowned<'_>, work: impl FnOnce(&mut Env<'_>) -> i32) -> jint {
    match env.with_env(|env| Ok::<_, jni::errors::Error>(work(env))).into_outcome() {
        Outcome::Ok(status) => status,
        Outcome::Err(_) | Outcome::Panic(_) => FAILED,
    }
}

/// `FrameBridge.planes`: [`hand`] for direct buffers. Each plane is a buffer, an offset, a length, a row stride
/// and a pixel stride; a buffer may be null if the format has no such plane.
#[allow(clippy::too_many_arguments, reason = "JNI has no structures, and an array would be allocated for each frame")]
#[unsafe(no_mangle)]
pub extern "system" fn Java_io_mien_internal_FrameBridge_planes<'local>(
    env: EnvUnowned<'local>,
    _class: JClass<'local>,
    handle: jlong,
    format: jint,
    width: jint,
    height: jint,
    first: JByteBuffer<'local>,
    first_offset: jint,
    first_length: jint,
    first_row_stride: jint,
    first_pixel_stride: jint,
    second: JByteBuffer<'local>,
    second_offset: jint,
    second_length: jint,
    second_row_stride: jint,
    second_pixel_stride: jint,
    third: JByteBuffer<'local>,
    third_offset: jint,
    third_length: jint,
    third_row_stride: jint,
    third_pixel_stride: jint,
    video_range: jboolean,
    rotation_degrees: jint,
    flip: jboolean,
    mirror: jboolean,
    timestamp_us: jlong,
    out: JByteBuffer<'local>,
) -> jint {
    let request = Request { handle, format, width, height, video_range, rotation_degrees, flip, mirror, timestamp_us };
    let arguments =
        |offset, length, row_stride, pixel_stride| PlaneArguments { offset, length, row_stride, pixel_stride };
    let arguments = [
        arguments(first_offset, first_length, first_row_stride, first_pixel_stride),
        arguments(second_offset, second_length, second_row_stride, second_pixel_stride),
        arguments(third_offset, third_length, third_row_stride, third_pixel_stride),
    ];
    guarded(env, |env| {
        let buffers = [readable(env, &first), readable(env, &second), readable(env, &third)];
        with_result(env, &out, |out| match buffers {
            [Ok(first), Ok(second), Ok(third)] => {
                let [a, b, c] = arguments;
                hand(&request, [(first, a), (second, b), (third, c)], out)
            }
            [Err(error), ..] | [_, Err(error), _] | [.., Err(error)] => write(out, |writer| writer.error(&error)),
        })
    })
}

/// `AudioBridge.chunk`: [`hear`] for a direct buffer.
#[allow(clippy::too_many_arguments, reason = "JNI has no structures, and an object would be allocated for each chunk")]
#[unsafe(no_mangle)]
pub extern "system" fn Java_io_mien_internal_AudioBridge_chunk<'local>(
    env: EnvUnowned<'local>,
    _class: JClass<'local>,
    handle: jlong,
    sound: JByteBuffer<'local>,
    offset: jint,
    length: jint,
    float: jboolean,
    rate_hz: jint,
    channels: jint,
    timestamp_us: jlong,
    out: JByteBuffer<'local>,
) -> jint {
    let layout = Sound { float, rate_hz, channels, timestamp_us };
    guarded(env, |env| {
        let samples = readable(env, &sound);
        with_result(env, &out, |out| match samples {
            Ok(samples) => hear(handle, samples, [offset, length], &layout, out),
            Err(error) => write(out, |writer| writer.error(&error)),
        })
    })
}

/// `FrameBridge.receive`: [`receive`] into a direct buffer.
#[unsafe(no_mangle)]
pub extern "system" fn Java_io_mien_internal_FrameBridge_receive<'local>(
    env: EnvUnowned<'local>,
    _class: JClass<'local>,
    handle: jlong,
    timeout_ms: jint,
    out: JByteBuffer<'local>,
) -> jint {
    guarded(env, |env| with_result(env, &out, |out| receive(handle, timeout_ms, out)))
}

/// `FrameBridge.watch`: [`ready::watch`]; writes nothing, or an error.
#[unsafe(no_mangle)]
pub extern "system" fn Java_io_mien_internal_FrameBridge_watch<'local>(
    env: EnvUnowned<'local>,
    _class: JClass<'local>,
    handle: jlong,
    out: JByteBuffer<'local>,
) -> jint {
    guarded(env, |env| {
        let watched = ready::watch(handle);
        with_result(env, &out, |out| {
            write(out, |writer| match &watched {
                Ok(()) => writer.nothing(),
                Err(error) => writer.error(error),
            })
        })
    })
}

/// `FrameBridge.nextReady`: [`ready::next`]. Nothing in it can fail or panic.
#[unsafe(no_mangle)]
pub extern "system" fn Java_io_mien_internal_FrameBridge_nextReady<'local>(
    _env: EnvUnowned<'local>,
    _class: JClass<'local>,
) -> jlong {
    ready::next()
}

/// `FrameBridge.again`: [`again`] into a direct buffer.
#[unsafe(no_mangle)]
pub extern "system" fn Java_io_mien_internal_FrameBridge_again<'local>(
    env: EnvUnowned<'local>,
    _class: JClass<'local>,
    out: JByteBuffer<'local>,
) -> jint {
    guarded(env, |env| with_result(env, &out, again))
}

/// `BitmapBridge.bitmap`: [`hand`] for an `android.graphics.Bitmap` of the configuration `ARGB_8888`.
#[cfg(target_os = "android")]
#[unsafe(no_mangle)]
pub extern "system" fn Java_io_mien_internal_BitmapBridge_bitmap<'local>(
    env: EnvUnowned<'local>,
    _class: JClass<'local>,
    handle: jlong,
    bitmap: jni::objects::JObject<'local>,
    rotation_degrees: jint,
    mirror: jboolean,
    timestamp_us: jlong,
    out: JByteBuffer<'local>,
) -> jint {
    guarded(env, |env| {
        with_result(env, &out, |out| {
            let handed = super::bitmap::with_pixels(env, &bitmap, |pixels, width, height, row_stride| {
                let format = PixelFormat::ALL.iter().position(|format| *format == PixelFormat::Rgba8).unwrap_or(0);
                let request = Request {
                    handle,
                    format: format as i32,
                    width,
                    height,
                    video_range: false,
                    rotation_degrees,
                    flip: false,
                    mirror,
                    timestamp_us,
                };
                let plane = PlaneArguments { offset: 0, length: pixels.len() as i32, row_stride, pixel_stride: 4 };
                let none = (&[][..], PlaneArguments::default());
                hand(&request, [(pixels, plane), none, none], out)
            });
            handed.unwrap_or_else(|error| write(out, |writer| writer.error(&error)))
        })
    })
}

/// Called by the Java VM when it loads the library: sets up logging on Android.
#[unsafe(no_mangle)]
pub extern "system" fn JNI_OnLoad(_vm: *mut JavaVM, _reserved: *mut std::ffi::c_void) -> jint {
    #[cfg(target_os = "android")]
    android_logger::init_once(
        android_logger::Config::default().with_max_level(log::LevelFilter::Info).with_tag("Mien"),
    );
    JNI_VERSION_1_6
}
