// swift-format-ignore-file
@_exported import UIKit
public import Observation
public import UniformTypeIdentifiers

// The views of the sample are compiled against this, never executed: what they look like only a phone can show.

@MainActor
@preconcurrency
public protocol View {
    associatedtype Body: View
    @ViewBuilder var body: Body { get }
}

extension Never: View {
    public var body: Never { fatalError("a stub has no body") }
}

/// A view of the framework itself.
@MainActor
@preconcurrency
public protocol StubView: View where Body == Never {}

extension StubView {
    public var body: Never { fatalError("a stub has no body") }
}

public struct EmptyView: StubView { public init() {} }
public struct TupleView<each Content>: StubView {}
public struct StubEither<First, Second>: StubView {}
extension Optional: View where Wrapped: View {
    public var body: Never { fatalError("a stub has no body") }
}

@resultBuilder
@MainActor
public enum ViewBuilder {
    public static func buildBlock() -> EmptyView { EmptyView() }
    public static func buildBlock<Content: View>(_ content: Content) -> Content { content }
    public static func buildBlock<each Content: View>(_ content: repeat each Content) -> TupleView<repeat each Content> {
        TupleView()
    }
    public static func buildExpression<Content: View>(_ content: Content) -> Content { content }
    public static func buildIf<Content: View>(_ content: Content?) -> Content? { content }
    public static func buildEither<First: View, Second: View>(first: First) -> StubEither<First, Second> { StubEither() }
    public static func buildEither<First: View, Second: View>(second: Second) -> StubEither<First, Second> {
        StubEither()
    }
}

// State.

@propertyWrapper
public struct State<Value> {
    public var wrappedValue: Value { get { fatalError("a stub has no value") } nonmutating set {} }
    public var projectedValue: Binding<Value> { fatalError("a stub has no value") }
    public init(wrappedValue: Value) {}
    public init(initialValue: Value) {}
}

@propertyWrapper
public struct SceneStorage<Value> {
    public var wrappedValue: Value { get { fatalError("a stub has no value") } nonmutating set {} }
    public var projectedValue: Binding<Value> { fatalError("a stub has no value") }
    public init(wrappedValue: Value, _ key: String) where Value: RawRepresentable, Value.RawValue == String {}
}

@propertyWrapper
@dynamicMemberLookup
public struct Binding<Value> {
    public var wrappedValue: Value { get { fatalError("a stub has no value") } nonmutating set {} }
    public var projectedValue: Binding<Value> { self }
    public init(
        get: @escaping @MainActor () -> Value, set: @escaping @MainActor (Value) -> Void
    ) {}
    public subscript<Subject>(dynamicMember keyPath: WritableKeyPath<Value, Subject>) -> Binding<Subject> {
        fatalError("a stub has no value")
    }
}

@propertyWrapper
@dynamicMemberLookup
public struct Bindable<Value: AnyObject & Observable> {
    public var wrappedValue: Value
    public var projectedValue: Bindable<Value> { self }
    public init(wrappedValue: Value) { self.wrappedValue = wrappedValue }
    public subscript<Subject>(dynamicMember keyPath: ReferenceWritableKeyPath<Value, Subject>) -> Binding<Subject> {
        fatalError("a stub has no value")
    }
}

@propertyWrapper
public struct Environment<Value> {
    public var wrappedValue: Value { fatalError("a stub has no value") }
    public init(_ keyPath: KeyPath<EnvironmentValues, Value>) {}
    public init(_ type: Value.Type) where Value: AnyObject & Observable {}
}

public enum ScenePhase: Comparable, Sendable { case background, inactive, active }
public enum UserInterfaceSizeClass: Sendable { case compact, regular }
public enum ColorScheme: Sendable { case light, dark }

public struct OpenURLAction {
    public func callAsFunction(_ url: URL) {}
}

public struct EnvironmentValues {
    public var scenePhase: ScenePhase { .active }
    public var horizontalSizeClass: UserInterfaceSizeClass? { nil }
    public var verticalSizeClass: UserInterfaceSizeClass? { nil }
    public var accessibilityReduceMotion: Bool { false }
    public var openURL: OpenURLAction { OpenURLAction() }
}

// The application.

@MainActor
@preconcurrency
public protocol Scene {}

@resultBuilder
@MainActor
public enum SceneBuilder {
    public static func buildBlock<Content: Scene>(_ content: Content) -> Content { content }
}

@MainActor
@preconcurrency
public protocol App {
    associatedtype Body: Scene
    @SceneBuilder var body: Body { get }
    init()
}

extension App {
    public static func main() {}
}

public struct WindowGroup<Content: View>: Scene {
    public init(@ViewBuilder content: () -> Content) {}
}

// Values.

public struct Color: StubView, ShapeStyle {
    public static let black = Color()
    public static let gray = Color()
    public static let green = Color()
    public static let yellow = Color()
    private init() {}
    public init(uiColor: UIColor) {}
    public func opacity(_ opacity: Double) -> Color { self }
}

public protocol ShapeStyle: Sendable {}
public struct HierarchicalShapeStyle: ShapeStyle {}
public struct Material: ShapeStyle {}
public struct StubBar: ShapeStyle {}
extension ShapeStyle where Self == HierarchicalShapeStyle {
    public static var secondary: HierarchicalShapeStyle { HierarchicalShapeStyle() }
}
extension ShapeStyle where Self == Material {
    public static var regularMaterial: Material { Material() }
}
extension ShapeStyle where Self == StubBar {
    public static var bar: StubBar { StubBar() }
}

public struct StrokeStyle: Sendable {
    public init(lineWidth: CGFloat = 1, dash: [CGFloat] = []) {}
}

public protocol Shape: View, Sendable {}
extension Shape {
    public var body: Never { fatalError("a stub has no body") }
    public func stroke<S: ShapeStyle>(_ content: S, style: StrokeStyle) -> some View { EmptyView() }
}
public struct RoundedRectangle: Shape { public init(cornerRadius: CGFloat) {} }
public struct Capsule: Shape { public init() {} }

@propertyWrapper
public struct ScaledMetric<Value: BinaryFloatingPoint> {
    public var wrappedValue: Value { fatalError("a stub has no value") }
    public init(wrappedValue: Value, relativeTo textStyle: Font.TextStyle) {}
}

public struct Font: Sendable {
    public enum TextStyle: Sendable { case headline }
    public static let largeTitle = Font(), title = Font(), headline = Font(), callout = Font(), caption = Font()
}

public struct Animation: Sendable { public static let `default` = Animation() }
public struct AnyTransition { public static var opacity: AnyTransition { AnyTransition() } }
public enum TextAlignment: Sendable { case leading, center, trailing }
public enum HorizontalAlignment: Sendable { case leading, center, trailing }
public enum VerticalAlignment: Sendable { case top, center, bottom }
public enum VerticalEdge: Sendable { case top, bottom }
public struct Alignment: Sendable {
    public static let center = Alignment(), leading = Alignment(), bottom = Alignment()
}
public struct Edge {
    public struct Set: OptionSet, Sendable {
        public let rawValue: Int8
        public init(rawValue: Int8) { self.rawValue = rawValue }
        public static let horizontal = Set(rawValue: 1), vertical = Set(rawValue: 2), all = Set(rawValue: 3)
    }
}
public enum Visibility: Sendable { case automatic, visible, hidden }
public struct ButtonRole: Sendable {
    public static let destructive = ButtonRole(), cancel = ButtonRole()
}
public struct AccessibilityTraits: Sendable { public static let isHeader = AccessibilityTraits() }
public struct AccessibilityChildBehavior: Sendable {
    public static let ignore = Self(), combine = Self(), contain = Self()
}
public protocol PrimitiveButtonStyle {}
public struct BorderedButtonStyle: PrimitiveButtonStyle {}
public struct BorderedProminentButtonStyle: PrimitiveButtonStyle {}
extension PrimitiveButtonStyle where Self == BorderedButtonStyle {
    public static var bordered: BorderedButtonStyle { BorderedButtonStyle() }
}
extension PrimitiveButtonStyle where Self == BorderedProminentButtonStyle {
    public static var borderedProminent: BorderedProminentButtonStyle { BorderedProminentButtonStyle() }
}
public struct RoundedBorderTextFieldStyle { public static var roundedBorder: Self { Self() } }
public struct IconOnlyLabelStyle { public static var iconOnly: Self { Self() } }
public struct EnabledTextSelectability { public static var enabled: Self { Self() } }
public struct SubmitLabel: Sendable { public static var done: SubmitLabel { SubmitLabel() } }
public enum NavigationBarItem { public enum TitleDisplayMode: Sendable { case automatic, inline, large } }

// Views.

public struct Text: StubView {
    public init<S: StringProtocol>(_ content: S) {}
    public init(verbatim content: String) {}
}
public struct Label<Title: View, Icon: View>: StubView {
    public init<S: StringProtocol>(_ title: S, systemImage: String) where Title == Text, Icon == EmptyView {}
}
public struct Button<Content: View>: StubView {
    public init<S: StringProtocol>(_ title: S, action: @escaping @MainActor () -> Void) where Content == Text {}
    public init<S: StringProtocol>(
        _ title: S, role: ButtonRole?, action: @escaping @MainActor () -> Void
    ) where Content == Text {}
    public init(action: @escaping @MainActor () -> Void, @ViewBuilder label: () -> Content) {}
    public init(role: ButtonRole?, action: @escaping @MainActor () -> Void, @ViewBuilder label: () -> Content) {}
}
public struct Toggle<Content: View>: StubView {
    public init<S: StringProtocol>(_ title: S, isOn: Binding<Bool>) where Content == Text {}
}
public struct TextField<Content: View>: StubView {
    public init<S: StringProtocol>(_ title: S, text: Binding<String>) where Content == Text {}
}
public struct SecureField<Content: View>: StubView {
    public init<S: StringProtocol>(_ title: S, text: Binding<String>) where Content == Text {}
}
public struct Picker<Title: View, Value: Hashable, Content: View>: StubView {
    public init<S: StringProtocol>(_ title: S, selection: Binding<Value>, @ViewBuilder content: () -> Content)
    where Title == Text {}
}
public struct ProgressView<Content: View>: StubView {
    public init<S: StringProtocol>(_ title: S) where Content == Text {}
    public init(value: Double?, total: Double = 1, @ViewBuilder label: () -> Content) {}
}
public struct Spacer: StubView { public init() {} }
public struct VStack<Content: View>: StubView {
    public init(alignment: HorizontalAlignment = .center, spacing: CGFloat? = nil, @ViewBuilder content: () -> Content) {}
}
public struct HStack<Content: View>: StubView {
    public init(alignment: VerticalAlignment = .center, spacing: CGFloat? = nil, @ViewBuilder content: () -> Content) {}
}
public struct ZStack<Content: View>: StubView {
    public init(alignment: Alignment = .center, @ViewBuilder content: () -> Content) {}
}
public protocol Layout: Sendable {}
public struct HStackLayout: Layout { public init(alignment: VerticalAlignment = .center, spacing: CGFloat? = nil) {} }
public struct VStackLayout: Layout { public init(alignment: HorizontalAlignment = .center, spacing: CGFloat? = nil) {} }
public struct AnyLayout: Layout {
    public init<L: Layout>(_ layout: L) {}
    @MainActor
    public func callAsFunction<Content: View>(@ViewBuilder _ content: () -> Content) -> some View { EmptyView() }
}
public struct GridItem: Sendable {
    public enum Size: Sendable { case adaptive(minimum: CGFloat, maximum: CGFloat = .infinity) }
    public init(_ size: Size = .adaptive(minimum: 0), spacing: CGFloat? = nil) {}
}
public struct LazyVGrid<Content: View>: StubView {
    public init(columns: [GridItem], spacing: CGFloat? = nil, @ViewBuilder content: () -> Content) {}
}
public struct ScrollView<Content: View>: StubView {
    public init(@ViewBuilder content: () -> Content) {}
}
public struct GeometryProxy { public var size: CGSize { .zero } }
public struct GeometryReader<Content: View>: StubView {
    public init(@ViewBuilder content: @escaping (GeometryProxy) -> Content) {}
}
public struct ForEach<Data: RandomAccessCollection, ID: Hashable, Content: View>: StubView {
    public init(_ data: Data, @ViewBuilder content: @escaping (Data.Element) -> Content)
    where Data.Element: Identifiable, ID == Data.Element.ID {}
    public init(
        _ data: Data, id: KeyPath<Data.Element, ID>, @ViewBuilder content: @escaping (Data.Element) -> Content
    ) {}
}
public struct List<Selection: Hashable, Content: View>: StubView {
    public init(@ViewBuilder content: () -> Content) where Selection == Never {}
    public init<Data: RandomAccessCollection, Row: View>(
        _ data: Data, selection: Binding<Selection?>?, @ViewBuilder rowContent: @escaping (Data.Element) -> Row
    ) where Content == ForEach<Data, Data.Element.ID, Row>, Data.Element: Identifiable {}
}
public struct Section<Header: View, Content: View, Footer: View>: StubView {
    public init(@ViewBuilder content: () -> Content) where Header == EmptyView, Footer == EmptyView {}
    public init<S: StringProtocol>(_ title: S, @ViewBuilder content: () -> Content)
    where Header == Text, Footer == EmptyView {}
    public init(@ViewBuilder content: () -> Content, @ViewBuilder header: () -> Header) where Footer == EmptyView {}
    public init(@ViewBuilder content: () -> Content, @ViewBuilder footer: () -> Footer) where Header == EmptyView {}
    public init(
        @ViewBuilder content: () -> Content, @ViewBuilder header: () -> Header, @ViewBuilder footer: () -> Footer) {}
}
public struct TabView<Selection: Hashable, Content: View>: StubView {
    public init(selection: Binding<Selection>?, @ViewBuilder content: () -> Content) {}
}
public struct NavigationStack<Content: View>: StubView {
    public init(@ViewBuilder root: () -> Content) {}
}
public struct NavigationSplitView<Sidebar: View, Detail: View>: StubView {
    public init(@ViewBuilder sidebar: () -> Sidebar, @ViewBuilder detail: () -> Detail) {}
}
public struct NavigationLink<Content: View, Destination: View>: StubView {
    public init<P: Hashable>(value: P?, @ViewBuilder label: () -> Content) where Destination == Never {}
    public init<S: StringProtocol>(_ title: S, @ViewBuilder destination: () -> Destination) where Content == Text {}
}
public struct ShareLink<Content: View>: StubView {
    public init<S: StringProtocol>(_ title: S, item: URL) where Content == Text {}
}

// Modifiers.

@MainActor
@preconcurrency
public protocol ViewModifier {
    associatedtype Body: View
    typealias Content = StubModified<Self>
    @ViewBuilder func body(content: Content) -> Body
}
public struct StubModified<Modifier>: StubView {}

extension View {
    public func modifier<M: ViewModifier>(_ modifier: M) -> some View { self }
    public func environment<T: AnyObject & Observable>(_ object: T?) -> some View { self }

    public func padding(_ edges: Edge.Set = .all, _ length: CGFloat? = nil) -> some View { self }
    public func padding(_ length: CGFloat) -> some View { self }
    public func frame(width: CGFloat? = nil, height: CGFloat? = nil, alignment: Alignment = .center) -> some View { self }
    public func frame(
        minWidth: CGFloat? = nil, idealWidth: CGFloat? = nil, maxWidth: CGFloat? = nil, minHeight: CGFloat? = nil,
        idealHeight: CGFloat? = nil, maxHeight: CGFloat? = nil, alignment: Alignment = .center
    ) -> some View { self }
    public func position(x: CGFloat = 0, y: CGFloat = 0) -> some View { self }
    public func clipped(antialiased: Bool = false) -> some View { self }
    public func ignoresSafeArea() -> some View { self }
    public func safeAreaInset<V: View>(edge: VerticalEdge, @ViewBuilder content: () -> V) -> some View { self }
    public func overlay<V: View>(alignment: Alignment = .center, @ViewBuilder content: () -> V) -> some View { self }
    public func background<S: ShapeStyle>(_ style: S) -> some View { self }
    public func background<S: ShapeStyle, T: Shape>(_ style: S, in shape: T) -> some View { self }
    public func foregroundStyle<S: ShapeStyle>(_ style: S) -> some View { self }
    public func font(_ font: Font?) -> some View { self }
    public func monospacedDigit() -> some View { self }
    public func multilineTextAlignment(_ alignment: TextAlignment) -> some View { self }
    public func textSelection(_ selectability: EnabledTextSelectability) -> some View { self }
    public func buttonStyle<S: PrimitiveButtonStyle>(_ style: S) -> some View { self }
    public func labelStyle(_ style: IconOnlyLabelStyle) -> some View { self }
    public func textFieldStyle(_ style: RoundedBorderTextFieldStyle) -> some View { self }
    public func textContentType(_ type: UITextContentType?) -> some View { self }
    public func submitLabel(_ label: SubmitLabel) -> some View { self }
    public func disabled(_ disabled: Bool) -> some View { self }
    public func privacySensitive(_ sensitive: Bool = true) -> some View { self }
    public func preferredColorScheme(_ scheme: ColorScheme?) -> some View { self }
    public func animation<V: Equatable>(_ animation: Animation?, value: V) -> some View { self }
    public func transition(_ transition: AnyTransition) -> some View { self }
    public func id<ID: Hashable>(_ id: ID) -> some View { self }
    public func tag<V: Hashable>(_ tag: V) -> some View { self }
    public func tabItem<V: View>(@ViewBuilder _ label: () -> V) -> some View { self }
    public func navigationTitle<S: StringProtocol>(_ title: S) -> some View { self }
    public func navigationBarTitleDisplayMode(_ mode: NavigationBarItem.TitleDisplayMode) -> some View { self }

    public func onAppear(perform action: (@MainActor () -> Void)? = nil) -> some View { self }
    public func onDisappear(perform action: (@MainActor () -> Void)? = nil) -> some View { self }
    public func onChange<V: Equatable>(
        of value: V, initial: Bool = false, _ action: @escaping @MainActor () -> Void
    ) -> some View { self }
    public func task(_ action: @escaping @Sendable @MainActor () async -> Void) -> some View { self }
    public func task<T: Equatable>(id: T, _ action: @escaping @Sendable @MainActor () async -> Void) -> some View { self }
    public func refreshable(action: @escaping @Sendable @MainActor () async -> Void) -> some View { self }

    public func alert<S: StringProtocol, T, A: View, M: View>(
        _ title: S, isPresented: Binding<Bool>, presenting data: T?, @ViewBuilder actions: (T) -> A,
        @ViewBuilder message: (T) -> M
    ) -> some View { self }
    public func confirmationDialog<S: StringProtocol, T, A: View, M: View>(
        _ title: S, isPresented: Binding<Bool>, titleVisibility: Visibility = .automatic, presenting data: T?,
        @ViewBuilder actions: (T) -> A, @ViewBuilder message: (T) -> M
    ) -> some View { self }
    public func fileImporter(
        isPresented: Binding<Bool>, allowedContentTypes: [UTType],
        onCompletion: @escaping @MainActor (Result<URL, any Error>) -> Void
    ) -> some View { self }

    public func accessibilityElement(children: AccessibilityChildBehavior = .ignore) -> some View { self }
    public func accessibilityLabel<S: StringProtocol>(_ label: S) -> some View { self }
    public func accessibilityValue<S: StringProtocol>(_ value: S) -> some View { self }
    public func accessibilityHidden(_ hidden: Bool) -> some View { self }
    public func accessibilityAddTraits(_ traits: AccessibilityTraits) -> some View { self }
}

// Views of UIKit.

public struct UIViewRepresentableContext<Representable: UIViewRepresentable> {}

@MainActor
@preconcurrency
public protocol UIViewRepresentable: View where Body == Never {
    associatedtype UIViewType: UIView
    typealias Context = UIViewRepresentableContext<Self>

    func makeUIView(context: Context) -> UIViewType
    func updateUIView(_ view: UIViewType, context: Context)
}

extension UIViewRepresentable {
    public var body: Never { fatalError("a stub has no body") }
}
