/**
 * The part of CameraX that android/camerax calls, for a Java VM: CameraX itself is published for Android only. Names and
 * types are those of camera-core 1.4; {@link androidx.camera.core.ImageAnalysis} keeps its settings for tests.
 */
package androidx.camera.core;
