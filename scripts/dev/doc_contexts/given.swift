// Names for the types of what an application brings: a block has to import what it uses itself.
import Foundation
import Mien

typealias GivenEngine = EmotionEngine
typealias GivenLive = LiveSession
typealias GivenVideo = VideoSession
typealias GivenEnrollment = Enrollment
typealias GivenClips = Clips
typealias GivenFrame = Frame
typealias GivenStreamResult = StreamResult
typealias GivenFrameResult = FrameResult
typealias GivenLabel = EmotionLabel
typealias GivenURL = URL
typealias GivenDate = Date

#if canImport(AVFoundation)
import AVFoundation

typealias GivenCapture = AVCaptureSession
typealias GivenPreview = AVCaptureVideoPreviewLayer
typealias GivenBuffer = CMSampleBuffer
typealias GivenConnection = AVCaptureConnection
typealias GivenAsset = AVAsset
typealias GivenImage = CGImage
#endif
