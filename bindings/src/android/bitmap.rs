//! Pixels of `android.graphics.Bitmap`, by libjnigraphics of the NDK.

use std::ffi::{c_int, c_void};

use jni::Env;
use jni::objects::JObject;
use jni::sys::{JNIEnv, jobject};

use crate::error::{Result, fail};

/// `AndroidBitmapInfo` of `android/bitmap.h`.
#[repr(C)]
#[derive(Default)]
struct Info {
    width: u32,
    height: u32,
    stride: u32,
    format: i32,
    flags: u32,
}

/// `ANDROID_BITMAP_FORMAT_RGBA_8888`: the memory layout of `Bitmap.Config.ARGB_8888`.
const RGBA_8888: i32 = 1;

#[link(name = "jnigraphics")]
unsafe extern "C" {
    fn AndroidBitmap_getInfo(env: *mut JNIEnv, bitmap: jobject, info: *mut Info) -> c_int;
    fn AndroidBitmap_lockPixels(env: *mut JNIEnv, bitmap: jobject, address: *mut *mut c_void) -> c_int;
    fn AndroidBitmap_unlockPixels(env: *mut JNIEnv, bitmap: jobject) -> c_int;
}

/// Calls `work` with the locked pixels, the width, the height and the row stride of `bitmap`.
pub(super) fn with_pixels<T>(
    env: &Env<'_>,
    bitmap: &JObject<'_>,
    work: impl FnOnce(&[u8], i32, i32, i32) -> T,
) -> Result<T> {
    if bitmap.is_null() {
        fail!(InvalidFrame, "the bitmap is null");
    }
    let mut info = Info::default();
    // SAFETY: environment and object belong to the current call, and `info` has the layout of the header.
    let answer = unsafe { AndroidBitmap_getInfo(env.get_raw(), bitmap.as_raw(), &mut info) };
    if answer != 0 {
        fail!(InvalidFrame, "the bitmap cannot be read: status {answer}");
    }
    if info.format != RGBA_8888 {
        fail!(InvalidFrame, "the bitmap's configuration must be ARGB_8888");
    }
    let Some(length) =
        (info.stride as usize).checked_mul(info.height as usize).filter(|length| i32::try_from(*length).is_ok())
    else {
        fail!(InvalidFrame, "the bitmap is too large");
    };
    let mut address = std::ptr::null_mut();
    // SAFETY: as above.
    let answer = unsafe { AndroidBitmap_lockPixels(env.get_raw(), bitmap.as_raw(), &mut address) };
    if answer != 0 || address.is_null() {
        fail!(InvalidFrame, "the bitmap's pixels cannot be locked: status {answer}");
    }
    let locked = Locked { env, bitmap };
    // SAFETY: until they are unlocked, `address` points to `height` rows of `stride` bytes.
    let pixels = unsafe { std::slice::from_raw_parts(address.cast::<u8>(), length) };
    let outcome = work(pixels, info.width as i32, info.height as i32, info.stride as i32);
    drop(locked);
    Ok(outcome)
}

/// Unlocks the pixels however the work ends.
struct Locked<'a, 'local> {
    env: &'a Env<'local>,
    bitmap: &'a JObject<'local>,
}

impl Drop for Locked<'_, '_> {
    fn drop(&mut self) {
        // SAFETY: the pixels were locked by the same environment, and nothing borrows them any more.
        unsafe { AndroidBitmap_unlockPixels(self.env.get_raw(), self.bitmap.as_raw()) };
    }
}
